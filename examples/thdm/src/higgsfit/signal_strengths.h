/* LHC signal strengths of the Higgs boson at 125 GeV: predictions and measurements. */
#ifndef SIGNAL_STRENGTHS_H
#define SIGNAL_STRENGTHS_H

#include <stddef.h>

typedef enum { GGF, VBF, VH, TTH, N_PRODUCTIONS } production;
typedef enum { BB, WW, TAUTAU, ZZ, GAMMAGAMMA, ZGAMMA, MUMU, GLUGLU, CC, SS, N_DECAYS } decay;

extern const char *const production_names[N_PRODUCTIONS];
extern const char *const decay_names[N_DECAYS];

/* Couplings over the Standard Model's. */
typedef struct {
    double v, t, b, tau, mu, c, s;     /* W and Z, fermions */
    double gluon, photon, z_photon;    /* loops: |amplitude| ratios */
    double br_new;                     /* branching ratio into channels the Standard Model lacks */
} kappas;

/* Cross sections and branching ratios over the Standard Model's. */
typedef struct {
    double production[N_PRODUCTIONS];
    double decay[N_DECAYS];
    double width;
} rates;

typedef struct {
    const char *experiment;
    production production;
    decay decay;
    double value, up, down;    /* best fit and 68 % errors, both positive */
} measurement;

extern const measurement measurements[];
extern const size_t n_measurements;

rates predict(const kappas *k);

/* (prediction - value) / error, with the error on the side of the prediction. */
double pull(const measurement *m, const rates *r);
double chi2(const rates *r);

#endif
