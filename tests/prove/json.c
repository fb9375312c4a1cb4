/* SPDX-License-Identifier: MIT
 * One step of the JSON reader: from any state in which what is left are the last bytes of what was
 * fed and the text kept fits its scratch, on any N bytes. That holds again after the step, so it
 * does for texts of any length, fed in pieces of any size. One part for each kind of token.
 * parts: none string literal number
 * reached: 80
 * alarms: 0
 * defect: string s/len <= j->priv.text_cap - j->priv.text_len/len <= j->priv.text_cap - j->priv.text_len + 1/
 */
#include "prove.h"
#undef memcpy
#undef memmove
/* What a copy holds does not matter here, only that both sides have room for it. */
static void *prove_fill(void *to, const void *from, size_t n)
{
    if (n > 0) {
        //@ assert \valid((char *)to + (0 .. n - 1)) && \valid_read((char *)from + (0 .. n - 1));
        Frama_C_make_unknown(to, n);
    }
    return to;
}
#define memcpy prove_fill
#define memmove prove_fill
#define VIF_IMPLEMENTATION
#include "vif_objects.h"

#ifndef N
#define N LESS(3, 2)
#endif
enum { SCRATCH = 4 };
static unsigned char in[N];
static char scratch[SCRATCH];
static vif_json j;
static const char words[3][6] = {"true", "false", "null"};

int main(void)
{
    vif_json_token t;
    unsigned word = 0, letter = 0;

    FILL(in);
    FILL(scratch);
    FILL(j);
    j.priv.start = in;
    j.priv.at = in + UPTO(N);
    j.priv.end = in + N;
    j.priv.text = scratch;
    j.priv.text_cap = SCRATCH;
    j.priv.text_len = UPTO(SCRATCH);
    j.priv.expect = (uint8_t)Frama_C_interval(VIF__J_VALUE, VIF__J_DONE);
    j.priv.utf8_need = (uint8_t)UPTO(3);
    j.why = "";
    j.priv.drop = (uint8_t)UPTO(1);
    //@ split j.priv.drop;
#if defined(PART_none)
    j.priv.lex = VIF__L_NONE;
#elif defined(PART_string)
    j.priv.lex = (uint8_t)Frama_C_interval(VIF__L_STRING, VIF__L_LOW_U);
#elif defined(PART_literal)
    word = (unsigned)UPTO(2);
    letter = (unsigned)UPTO(5);
    //@ split word;
    //@ split letter;
    j.priv.lex = VIF__L_LITERAL;
    j.priv.literal = &words[word][letter];
#else
    j.priv.lex = (uint8_t)Frama_C_interval(VIF__L_NUMBER, VIF__L_EXPONENT);
#endif
    (void)vif_json_next(&j, &t);
    //@ check in + 0 <= j.priv.at <= j.priv.end;
    //@ check j.priv.end == in + N && j.priv.start == in + 0;
    //@ check j.priv.text_len <= j.priv.text_cap <= SCRATCH;
    //@ check j.priv.lex <= VIF__L_EXPONENT;
    //@ check j.priv.expect <= VIF__J_DONE;
    //@ check j.priv.utf8_need <= 3;
    return 0;
}
