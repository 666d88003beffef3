Block SPINFO
     1   FlexibleSUSY
     2   2.8.0
     4   running tachyon Se
     5   CMSSM
     9   unknown
Block MODSEL                 # the boundary conditions are compiled in
Block FlexibleSUSY
    0   1.0000000000000000E-04   # precision goal
    4   2   # loops of the pole masses
    5   2   # loops of electroweak symmetry breaking
    6   3   # loops of the running
    7   2   # loops of the threshold corrections
   12   0   # do not force an output
   15   1   # calculate the observables
   23   1   # calculate BSM pole masses
Block SMINPUTS               # Standard Model
    1   1.2793000000000001E+02   # 1/alpha_em(M_Z), MSbar
    2   1.1663788000000001E-05   # Fermi constant [GeV^-2]
    3   1.1799999999999999E-01   # alpha_s(M_Z), MSbar
    4   9.1188000000000002E+01   # M_Z, pole [GeV]
    5   4.1829999999999998E+00   # m_b(m_b), MSbar [GeV]
    6   1.7256999999999999E+02   # m_t, pole [GeV]
    7   1.7769299999999999E+00   # m_tau, pole [GeV]
Block MINPAR
     1     1.58000000E+03   # m0
     2     1.58000000E+03   # m12
     3     4.57000000E+01   # TanBeta
     4     1.00000000E+00   # SignMu
     5    -4.22000000E+03   # Azero
