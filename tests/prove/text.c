/* SPDX-License-Identifier: MIT
 * Everything that is read from a text of up to N bytes: numbers, MAC and IP addresses with and without
 * their prefix, UUIDs, PCI addresses, versions, names of classes and of fields; and what is written of
 * them.
 * parts: number mac ip4 ip6 uuid pci version names escape list
 * options: -eva-slevel 3000
 * reached: 50
 * alarms: 0
 * defect: number s/i = negative \? 1 : 0; i < len/i = negative ? 1 : 0; i <= len/
 * defect: mac s/if \(len != 17\)/if (len < 16)/
 */
#include "prove.h"
#define VIF_IMPLEMENTATION
#include "vif_objects.h"

#if !defined(N) && (defined(PART_mac) || defined(PART_version))
#define N 18
#elif !defined(N) && defined(PART_uuid)
#define N 37
#elif !defined(N) && defined(PART_ip6)
#define N 6
#elif !defined(N) && defined(PART_names)
#define N LESS(9, 7)                    /* with 12 bytes it takes twice as long */
#elif !defined(N) && defined(PART_escape)
#define N LESS(12, 8)
#elif !defined(N)
#define N 12
#endif
static char text[N];

int main(void)
{
    const size_t len = UPTO(N);
    const char *at;

    FILL(text);
    //@ split len;
    at = text + (N - len);
    {
#if defined(PART_number)
        int64_t number;
        (void)vif_int_parse(at, len, &number);
#elif defined(PART_mac)
        uint8_t mac[6];
        char out[18];
        if (vif_mac_parse(at, len, mac)) {
            vif_mac_format(mac, out);
        }
#elif defined(PART_ip4)
        uint8_t ip[4];
        const char *end = text + N;
        (void)vif__ip4(&at, end, ip);
        //@ check inside: at <= end;
#elif defined(PART_ip6)
        vif_ip ip;
        (void)vif_ip_parse(at, len, true, &ip);
#elif defined(PART_uuid)
        vif_uuid uuid;
        char out[37];
        if (vif_uuid_parse(at, len, &uuid)) {
            vif_uuid_format(&uuid, out);
        }
#elif defined(PART_pci)
        char out[52];
        (void)vif__pci(at, len, out);
#elif defined(PART_version)
        unsigned major, minor;
        (void)vif__version_parse(at, len, &major, &minor);
#elif defined(PART_names)
        vif_json_token t;
        vif__fields f;
        const unsigned klass = (unsigned)Frama_C_interval(0, VIF_CLASS_COUNT - 1);
        //@ split klass;
        (void)vif_class_find(at, len);
        (void)vif__field_find(klass, at, len, &f);
        t.text = at;
        t.len = len;
        (void)vif__wire_key(&t);
#elif defined(PART_escape)
        char to[16];
        to[0] = '\0';
        vif_cat_escaped(to, sizeof to, at, len);
#else
        char word[4];
        const char *list = at;
        text[N - 1] = '\0';
        if (len > 0) {
            while (vif_list_next(&list, word, sizeof word)) {
            }
        }
#endif
    }
    return 0;
}
