/* A small reader of SLHA spectra: blocks of numbers and decay tables. */
#ifndef SLHA_H
#define SLHA_H

#include <stdbool.h>
#include <stddef.h>

enum { SLHA_MAX_FIELDS = 8, SLHA_MAX_NAME = 40 };

/* One data line. `block` is upper case; lines of a decay table carry the block "DECAY" and the
 * parent's PDG code in `parent`. */
typedef struct {
    char block[SLHA_MAX_NAME];
    int parent;
    int n_fields;
    double fields[SLHA_MAX_FIELDS];
} slha_line;

typedef struct {
    slha_line *lines;
    size_t n_lines;
} slha_spectrum;

/* False, with a message on stderr, if the file cannot be read or has no MASS block. */
bool slha_read(const char *path, slha_spectrum *spectrum);
void slha_free(slha_spectrum *spectrum);

/* Entry `index` of a block with one index. False if it is not there. */
bool slha_value(const slha_spectrum *spectrum, const char *block, int index, double *value);

/* Row of a HiggsCouplings block: `n_values` values, 3, three PDG codes. False if not there. */
bool slha_coupling(const slha_spectrum *spectrum, const char *block, int n_values,
                   const int pdg[3], double *values);

#endif
