/* higgsfit: LHC signal strengths of the 125 GeV state and the charged-Higgs bound from
 * B -> X_s gamma, for a spectrum of a two-Higgs-doublet model.
 *
 *   higgsfit SPheno.spc
 *
 * Everything goes to stdout as "name = value". Exit status: 0 fine, 1 the spectrum cannot be used,
 * 2 wrong arguments. */
#include "signal_strengths.h"
#include "slha.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double observed_mass = 125.2;    /* GeV, PDG 2024 */

static void fail(const char *path, const char *what)
{
    fprintf(stderr, "higgsfit: %s has no usable %s\n", path, what);
    exit(EXIT_FAILURE);
}

static double required(const slha_spectrum *s, const char *path, const char *block, int index)
{
    double value;
    if (!slha_value(s, block, index, &value) || !isfinite(value)) {
        char what[64];
        snprintf(what, sizeof what, "entry %d in block %s", index, block);
        fail(path, what);
    }
    return value;
}

/* Scalar coupling (the first value of the row) of Higgs boson `higgs` to a pair. */
static double coupling(const slha_spectrum *s, const char *path, int n_values, int higgs, int first,
                       int second)
{
    const char *block = n_values == 1 ? "HIGGSCOUPLINGSBOSONS" : "HIGGSCOUPLINGSFERMIONS";
    const int pdg[3] = {higgs, first, second};
    double values[2];
    if (!slha_coupling(s, block, n_values, pdg, values) || !isfinite(values[0])) {
        char what[64];
        snprintf(what, sizeof what, "row %d %d %d in block %s", higgs, first, second, block);
        fail(path, what);
    }
    return values[0];
}

static bool standard_channel(int first, int second)
{
    int a = abs(first), b = abs(second);
    return (a == b && (a <= 6 || (a >= 11 && a <= 16) || (a >= 21 && a <= 24)))
           || (a == 22 && b == 23) || (a == 23 && b == 22);
}

/* Branching ratio into channels that the Standard Model lacks. */
static double new_branching(const slha_spectrum *s, const char *path, int higgs)
{
    double new_sum = 0.0, sum = 0.0;
    for (size_t i = 0; i < s->n_lines; i++) {
        const slha_line *line = &s->lines[i];
        if (strcmp(line->block, "DECAY") != 0 || line->parent != higgs || line->n_fields < 4)
            continue;
        sum += line->fields[0];
        if (!standard_channel((int)line->fields[2], (int)line->fields[3]))
            new_sum += line->fields[0];
    }
    if (!(fabs(sum - 1.0) < 1e-3))
        fail(path, "DECAY table of the 125 GeV state (branching ratios that add up to 1)");
    return new_sum;
}

static kappas read_kappas(const slha_spectrum *s, const char *path, int higgs)
{
    kappas k;
    k.v = coupling(s, path, 1, higgs, 24, 24);
    k.gluon = coupling(s, path, 1, higgs, 21, 21);
    k.photon = coupling(s, path, 1, higgs, 22, 22);
    k.z_photon = coupling(s, path, 1, higgs, 23, 22);
    k.s = coupling(s, path, 2, higgs, 3, 3);
    k.c = coupling(s, path, 2, higgs, 4, 4);
    k.b = coupling(s, path, 2, higgs, 5, 5);
    k.t = coupling(s, path, 2, higgs, 6, 6);
    k.mu = coupling(s, path, 2, higgs, 13, 13);
    k.tau = coupling(s, path, 2, higgs, 15, 15);
    k.br_new = new_branching(s, path, higgs);
    return k;
}

static void print_signal_strengths(const kappas *k)
{
    const kappas standard_model = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    const rates r = predict(k), sm = predict(&standard_model);
    double total = chi2(&r);

    printf("# rates over the Standard Model's\n");
    printf("br_new = %.9e\n", k->br_new);
    printf("width_ratio = %.9e\n", r.width);
    for (int i = 0; i < N_PRODUCTIONS; i++)
        printf("production_%s = %.9e\n", production_names[i], r.production[i]);
    for (int i = 0; i < N_DECAYS; i++)
        printf("branching_%s = %.9e\n", decay_names[i], r.decay[i]);

    printf("\n# signal strengths\n");
    for (int i = 0; i < N_PRODUCTIONS; i++)
        for (int j = BB; j <= MUMU; j++)
            printf("mu_%s_%s = %.9e\n", production_names[i], decay_names[j],
                   r.production[i] * r.decay[j]);

    printf("\n# %-6s %-4s %-10s %8s %6s %6s %9s %7s\n", "data", "from", "to", "measured", "+", "-",
           "predicted", "pull");
    for (size_t i = 0; i < n_measurements; i++) {
        const measurement *m = &measurements[i];
        printf("  %-6s %-4s %-10s %8.2f %6.2f %6.2f %9.4f %7.3f\n", m->experiment,
               production_names[m->production], decay_names[m->decay], m->value, m->up, m->down,
               r.production[m->production] * r.decay[m->decay], pull(m, &r));
    }
    printf("\nn_mu = %zu\n", n_measurements);
    printf("chi2_mu = %.9e\n", total);
    printf("chi2_mu_sm = %.9e\n", chi2(&sm));
    printf("delta_chi2_mu = %.9e\n", total - chi2(&sm));
}

/* 95 % lower limits on m_H+ in type II: 580 GeV (arXiv:1702.04571), 800 GeV (arXiv:2002.01548).
 * In type I there is none that holds for every tan(beta): the limit is 0. */
static void print_b_to_s_gamma(double m_charged, int yukawa_type)
{
    const double limit_2017 = yukawa_type == 2 ? 580.0 : 0.0;
    const double limit_2020 = yukawa_type == 2 ? 800.0 : 0.0;

    printf("\n# B -> X_s gamma, m_H+ [GeV] (type %d)\n", yukawa_type);
    printf("m_charged = %.9e\n", m_charged);
    printf("bsg_limit_2017 = %.1f\n", limit_2017);
    printf("bsg_margin_2017 = %.9e\n", m_charged - limit_2017);
    printf("bsg_limit_2020 = %.1f\n", limit_2020);
    printf("bsg_margin_2020 = %.9e\n", m_charged - limit_2020);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: higgsfit SPECTRUM\n");
        return 2;
    }
    const char *path = argv[1];
    slha_spectrum s;
    if (!slha_read(path, &s))
        return EXIT_FAILURE;

    double m_h = required(&s, path, "MASS", 25), m_hh = required(&s, path, "MASS", 35);
    int higgs = fabs(m_h - observed_mass) <= fabs(m_hh - observed_mass) ? 25 : 35;
    int yukawa_type = (int)required(&s, path, "THDMINPUT", 2);
    double m_charged = required(&s, path, "MASS", 37);
    const kappas k = read_kappas(&s, path, higgs);

    printf("# higgsfit 1.0.0: the CP-even state closest to %.1f GeV\n", observed_mass);
    printf("pdg_125 = %d\n", higgs);
    printf("m_125 = %.9e\n", higgs == 25 ? m_h : m_hh);
    print_signal_strengths(&k);
    print_b_to_s_gamma(m_charged, yukawa_type);
    slha_free(&s);
    return EXIT_SUCCESS;
}
