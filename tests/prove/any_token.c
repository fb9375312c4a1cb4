/* SPDX-License-Identifier: MIT
 * Takes the place of a step of the JSON reader, which json.c has shown: any token that ends in what
 * was fed, or that there is none. */
#include "prove.h"
#include "vif_objects.h"

vif_json_type vif_json_next(vif_json *json, vif_json_token *token)
{
    /*@ check readable: json->priv.at == json->priv.end ||
          \valid_read(json->priv.at + (0 .. json->priv.end - json->priv.at - 1)); */
    FILL(*token);
    token->type = (vif_json_type)Frama_C_interval(VIF_JSON_ERROR, VIF_JSON_NULL);
    token->offset = (uint32_t)UPTO(json->priv.base + (size_t)(json->priv.end - json->priv.start));
    if (token->type > VIF_JSON_MORE &&
        token->offset == json->priv.base + (size_t)(json->priv.end - json->priv.start)) {
        token->type = VIF_JSON_MORE;
    }
    json->why = "any";
    return token->type;
}
