#include "signal_strengths.h"

const char *const production_names[N_PRODUCTIONS] = {"ggF", "VBF", "VH", "ttH"};
const char *const decay_names[N_DECAYS] = {"bb", "WW", "tautau", "ZZ", "gammagamma",
                                           "Zgamma", "mumu", "gg", "cc", "ss"};

/* Standard Model branching ratios at 125.09 GeV, LHC Higgs Cross Section Working Group,
 * arXiv:1610.07922 (CERN Yellow Report 4). The strange
 * quark gets what is left of 1. */
static const double sm_branching[N_DECAYS] = {0.5809,   0.2152,   0.06256,   0.02641, 0.002270,
                                              0.001541, 2.171e-4, 0.08180,   0.02884, 2.619e-4};

/* 13 TeV cross sections [pb] at 125.09 GeV, same reference; measured together as "ggF". */
static const double sm_gluon_fusion = 48.52, sm_bbh = 0.486;

/* Rates sigma x B over the Standard Model's, production by production and decay by decay.
 *
 * ATLAS: arXiv:1909.02845 (Phys. Rev. D 101 (2020) 012002), up to 79.8 fb^-1 at 13 TeV; the numbers
 *        are table 6 of its preliminary version ATLAS-CONF-2019-005 over the Standard Model rates,
 *        as tabulated in flavio 2.7.1 (measurement "ATLAS Run 2 Higgs 80/fb"). "VV" is WW and ZZ
 *        together, which is the same ratio in a two-Higgs-doublet model.
 * CMS:   CMS-PAS-HIG-19-005, table 4, 35.9 to 137 fb^-1 at 13 TeV, as tabulated in Lilith-2
 *        (arXiv:2012.11408, database of 2020). Preliminary.
 *
 * The published correlations are ignored; the largest are -0.45 between two productions that feed
 * one decay. */
const measurement measurements[] = {
    {"ATLAS", GGF, GAMMAGAMMA, 0.96, 0.14, 0.14},
    {"ATLAS", GGF, ZZ, 1.04, 0.16, 0.15},
    {"ATLAS", GGF, WW, 1.08, 0.19, 0.19},
    {"ATLAS", GGF, TAUTAU, 0.96, 0.60, 0.54},
    {"ATLAS", VBF, GAMMAGAMMA, 1.39, 0.40, 0.35},
    {"ATLAS", VBF, ZZ, 2.68, 0.98, 0.83},
    {"ATLAS", VBF, WW, 0.60, 0.36, 0.34},
    {"ATLAS", VBF, TAUTAU, 1.18, 0.59, 0.55},
    {"ATLAS", VBF, BB, 2.99, 1.67, 1.62},
    {"ATLAS", VH, GAMMAGAMMA, 1.10, 0.50, 0.50},
    {"ATLAS", VH, ZZ, 0.68, 1.75, 1.14},
    {"ATLAS", VH, BB, 1.19, 0.22, 0.22},
    {"ATLAS", TTH, GAMMAGAMMA, 1.10, 0.41, 0.35},
    {"ATLAS", TTH, WW, 1.49, 0.40, 0.38},    /* VV */
    {"ATLAS", TTH, TAUTAU, 1.39, 1.12, 0.95},
    {"ATLAS", TTH, BB, 0.79, 0.59, 0.59},
    {"CMS", GGF, GAMMAGAMMA, 1.09, 0.15, 0.14},
    {"CMS", GGF, ZZ, 0.98, 0.12, 0.11},
    {"CMS", GGF, WW, 1.28, 0.20, 0.19},
    {"CMS", GGF, TAUTAU, 0.39, 0.39, 0.38},
    {"CMS", GGF, BB, 2.45, 2.53, 2.35},
    {"CMS", GGF, MUMU, 0.31, 1.82, 1.81},
    {"CMS", VBF, GAMMAGAMMA, 0.77, 0.37, 0.29},
    {"CMS", VBF, ZZ, 0.57, 0.46, 0.36},
    {"CMS", VBF, WW, 0.63, 0.65, 0.61},
    {"CMS", VBF, TAUTAU, 1.05, 0.30, 0.29},
    {"CMS", VBF, MUMU, 3.18, 8.22, 7.93},
    {"CMS", VH, ZZ, 1.10, 0.96, 0.74},
    {"CMS", VH, WW, 2.85, 2.11, 1.87},        /* WH */
    {"CMS", VH, TAUTAU, 3.01, 1.65, 1.51},    /* WH */
    {"CMS", VH, BB, 1.27, 0.42, 0.40},        /* WH */
    {"CMS", VH, WW, 0.90, 1.77, 1.43},        /* ZH */
    {"CMS", VH, TAUTAU, 1.53, 1.60, 1.37},    /* ZH */
    {"CMS", VH, BB, 0.93, 0.33, 0.31},        /* ZH */
    {"CMS", TTH, GAMMAGAMMA, 1.62, 0.52, 0.43},
    {"CMS", TTH, ZZ, 0.25, 1.03, 0.25},
    {"CMS", TTH, WW, 0.93, 0.48, 0.45},
    {"CMS", TTH, BB, 1.13, 0.33, 0.30},
    {"CMS", TTH, TAUTAU, 0.81, 0.74, 0.67},
};
const size_t n_measurements = sizeof measurements / sizeof *measurements;

static double square(double x)
{
    return x * x;
}

/* The kappa framework of arXiv:1307.1347: production and partial widths scale with the
 * squared couplings, the total width is what they add up to plus the new channels. */
rates predict(const kappas *k)
{
    const double partial[N_DECAYS] = {
        square(k->b),        square(k->v),  square(k->tau),   square(k->v), square(k->photon),
        square(k->z_photon), square(k->mu), square(k->gluon), square(k->c), square(k->s)};
    rates r;
    double standard = 0.0, total = 0.0;
    for (int i = 0; i < N_DECAYS; i++) {
        standard += sm_branching[i];
        total += sm_branching[i] * partial[i];
    }
    r.width = total / standard / (1.0 - k->br_new);
    for (int i = 0; i < N_DECAYS; i++)
        r.decay[i] = partial[i] / r.width;
    r.production[GGF] = (sm_gluon_fusion * square(k->gluon) + sm_bbh * square(k->b))
                        / (sm_gluon_fusion + sm_bbh);
    r.production[VBF] = r.production[VH] = square(k->v);
    r.production[TTH] = square(k->t);
    return r;
}

double pull(const measurement *m, const rates *r)
{
    double difference = r->production[m->production] * r->decay[m->decay] - m->value;
    return difference / (difference > 0.0 ? m->up : m->down);
}

double chi2(const rates *r)
{
    double sum = 0.0;
    for (size_t i = 0; i < n_measurements; i++)
        sum += square(pull(&measurements[i], r));
    return sum;
}
