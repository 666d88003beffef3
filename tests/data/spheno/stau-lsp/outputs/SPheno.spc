# SUSY Les Houches Accord 2 - MSSM spectrum + Decays
# SPheno v4.0.5  
# W. Porod, Comput. Phys. Commun. 153 (2003) 275-315, hep-ph/0301101;
# W. Porod, F.~Staub, Comput. Phys. Commun. 183 (2012) 2458
#                     arXiv:1104.1573 [hep-ph] 
# in case of problems send email to porod@physik.uni-wuerzburg.de
# Created: 24.11.2026,  21:59
Block SPINFO         # Program information
     1   SPheno      # spectrum calculator
     2   v4.0.5      # version number
#
Block SPhenoINFO     # SPheno specific information
    1      2         # using 2-loop RGEs
Block MODSEL  # Model selection
    1    1    # mSUGRA model
Block MINPAR  # Input parameters
    1    1.00000000E+02  # m0      
    2    1.50000000E+03  # m12     
    3    3.00000000E+01  # tanb at m_Z   
    4    1.00000000E+00  # cos(phase_mu)
    5    0.00000000E+00  # A0
#
Block gauge Q=  1.16851775E+16  # (GUT scale)
   1    7.01283636E-01  # g'(M_GUT)^DRbar
   2    7.01283636E-01  # g(M_GUT)^DRbar
   3    6.96544822E-01  # g3(M_GUT)^DRbar
Block Yu Q=  1.16851775E+16  # (GUT scale)
  1  1     3.21441014E-06   # Y_u(M_GUT)^DRbar
  2  2     1.63293181E-03   # Y_c(M_GUT)^DRbar
  3  3     5.00605880E-01   # Y_t(M_GUT)^DRbar
Block Yd Q=  1.16851775E+16  # (GUT scale)
  1  1     1.43486563E-04   # Y_d(M_GUT)^DRbar
  2  2     2.72627476E-03   # Y_s(M_GUT)^DRbar
  3  3     1.60965375E-01   # Y_b(M_GUT)^DRbar
Block Ye Q=  1.16851775E+16  # (GUT scale)
  1  1     6.26799193E-05   # Y_e(M_GUT)^DRbar
  2  2     1.29617419E-02   # Y_mu(M_GUT)^DRbar
  3  3     2.25459004E-01   # Y_tau(M_GUT)^DRbar
Block SMINPUTS  # SM parameters
         1     1.27931917E+02  # alpha_em^-1(MZ)^MSbar
         2     1.16637880E-05  # G_mu [GeV^-2]
         3     1.18000000E-01  # alpha_s(MZ)^MSbar
         4     9.11880000E+01  # m_Z(pole)
         5     4.18300000E+00  # m_b(m_b), MSbar
         6     1.72570000E+02  # m_t(pole)
         7     1.77693000E+00  # m_tau(pole)
         8     0.00000000E+00  # m_nu_3
        11     5.10998930E-04  # m_e(pole)
        12     0.00000000E+00  # m_nu_1
        13     1.05658372E-01  # m_muon(pole)
        14     0.00000000E+00  # m_nu_2
        21     5.00000000E-03  # m_d(2 GeV), MSbar
        22     2.50000000E-03  # m_u(2 GeV), MSbar
        23     9.50000000E-02  # m_s(2 GeV), MSbar
        24     1.27000000E+00  # m_c(m_c), MSbar
Block gauge Q=  2.37297164E+03  # (SUSY scale)
   1    3.64737756E-01  # g'(Q)^DRbar
   2    6.37247902E-01  # g(Q)^DRbar
   3    1.01026814E+00  # g3(Q)^DRbar
Block Yu Q=  2.37297164E+03  # (SUSY scale)
  1  1     6.68795917E-06   # Y_u(Q)^DRbar
  2  2     3.39748375E-03   # Y_c(Q)^DRbar
  3  3     8.14021782E-01   # Y_t(Q)^DRbar
Block Yd Q=  2.37297164E+03  # (SUSY scale)
  1  1     3.54035736E-04   # Y_d(Q)^DRbar
  2  2     6.72667232E-03   # Y_s(Q)^DRbar
  3  3     3.55178896E-01   # Y_b(Q)^DRbar
Block Ye Q=  2.37297164E+03  # (SUSY scale)
  1  1     8.49421391E-05   # Y_e(Q)^DRbar
  2  2     1.75630689E-02   # Y_mu(Q)^DRbar
  3  3     2.93947882E-01   # Y_tau(Q)^DRbar
Block Au Q=  2.37297164E+03  # (SUSY scale)
  1  1    -3.06767830E+03   # A_u(Q)^DRbar
  2  2    -3.06765282E+03   # A_c(Q)^DRbar
  3  3    -2.39965219E+03   # A_t(Q)^DRbar
Block Ad Q=  2.37297164E+03  # (SUSY scale)
  1  1    -3.55442101E+03   # A_d(Q)^DRbar
  2  2    -3.55437366E+03   # A_s(Q)^DRbar
  3  3    -3.22625666E+03   # A_b(Q)^DRbar
Block Ae Q=  2.37297164E+03  # (SUSY scale)
  1  1    -7.28622306E+02   # A_e(Q)^DRbar
  2  2    -7.28491811E+02   # A_mu(Q)^DRbar
  3  3    -6.92112665E+02   # A_tau(Q)^DRbar
Block MSOFT Q=  2.37297164E+03  # soft SUSY breaking masses at Q
   1    6.61109839E+02  # M_1
   2    1.19303599E+03  # M_2
   3    3.09656987E+03  # M_3
  21    1.49721098E+05  # M^2_(H,d)
  22   -2.48122073E+06  # M^2_(H,u)
  31    9.75700471E+02  # M_(L,11)
  32    9.75633602E+02  # M_(L,22)
  33    9.57066851E+02  # M_(L,33)
  34    5.54951067E+02  # M_(E,11)
  35    5.54709885E+02  # M_(E,22)
  36    4.83688815E+02  # M_(E,33)
  41    2.77168235E+03  # M_(Q,11)
  42    2.77166245E+03  # M_(Q,22)
  43    2.53355995E+03  # M_(Q,33)
  44    2.65033204E+03  # M_(U,11)
  45    2.65032414E+03  # M_(U,22)
  46    2.21951966E+03  # M_(U,33)
  47    2.63479433E+03  # M_(D,11)
  48    2.63475985E+03  # M_(D,22)
  49    2.54266576E+03  # M_(D,33)
Block MASS  # Mass spectrum
#   PDG code      mass          particle
         6     1.72570000E+02  # m_t(pole)
        23     9.11880000E+01  # m_Z(pole)
        24     8.03551253E+01  # W+
        15     1.77693000E+00  # m_tau(pole)
        25     1.21754498E+02  # h0
        35     1.65494895E+03  # H0
        36     1.65493058E+03  # A0
        37     1.65723498E+03  # H+
   1000001     2.86198414E+03  # ~d_L
   2000001     2.72076968E+03  # ~d_R
   1000002     2.86100310E+03  # ~u_L
   2000002     2.73506260E+03  # ~u_R
   1000003     2.86196354E+03  # ~s_L
   2000003     2.72073200E+03  # ~s_R
   1000004     2.86098257E+03  # ~c_L
   2000004     2.73505318E+03  # ~c_R
   1000005     2.58865432E+03  # ~b_1
   2000005     2.63419099E+03  # ~b_2
   1000006     2.26453390E+03  # ~t_1
   2000006     2.61900020E+03  # ~t_2
   1000011     9.92931973E+02  # ~e_L-
   2000011     5.69428452E+02  # ~e_R-
   1000012     9.89468448E+02  # ~nu_eL
   1000013     9.92874669E+02  # ~mu_L-
   2000013     5.69137288E+02  # ~mu_R-
   1000014     9.89391074E+02  # ~nu_muL
   1000015     4.83042503E+02  # ~tau_1-
   2000015     9.76762359E+02  # ~tau_2-
   1000016     9.67935482E+02  # ~nu_tauL
   1000021     3.16342918E+03  # ~g
   1000022     6.48803791E+02  # ~chi_10
   1000023     1.21430828E+03  # ~chi_20
   1000025    -1.60938373E+03  # ~chi_30
   1000035     1.61714140E+03  # ~chi_40
   1000024     1.21446500E+03  # ~chi_1+
   1000037     1.61744806E+03  # ~chi_2+
# Higgs mixing
Block alpha # Effective Higgs mixing angle
          -3.47121404E-02   # alpha
Block Hmix Q=  2.37297164E+03  # Higgs mixing parameters
   1    1.60266543E+03  # mu
   2    2.89782973E+01  # tan[beta](Q)
   3    2.43558887E+02  # v(Q)
   4    2.62922012E+06  # m^2_A(Q)
Block stopmix # stop mixing matrix
   1  1     2.11294743E-01   # Re[R_st(1,1)]
   1  2     9.77422392E-01   # Re[R_st(1,2)]
   2  1    -9.77422392E-01   # Re[R_st(2,1)]
   2  2     2.11294743E-01   # Re[R_st(2,2)]
Block sbotmix # sbottom mixing matrix
   1  1     8.63959347E-01   # Re[R_sb(1,1)]
   1  2     5.03561561E-01   # Re[R_sb(1,2)]
   2  1    -5.03561561E-01   # Re[R_sb(2,1)]
   2  2     8.63959347E-01   # Re[R_sb(2,2)]
Block staumix # stau mixing matrix
   1  1     1.16500531E-01   # Re[R_sta(1,1)]
   1  2     9.93190629E-01   # Re[R_sta(1,2)]
   2  1    -9.93190629E-01   # Re[R_sta(2,1)]
   2  2     1.16500531E-01   # Re[R_sta(2,2)]
Block Nmix # neutralino mixing matrix
   1  1    -9.99320928E-01   # Re[N(1,1)]
   1  2     2.16823340E-03   # Re[N(1,2)]
   1  3    -3.37186521E-02   # Re[N(1,3)]
   1  4     1.46980882E-02   # Re[N(1,4)]
   2  1    -7.21991164E-03   # Re[N(2,1)]
   2  2    -9.89848074E-01   # Re[N(2,2)]
   2  3     1.12719074E-01   # Re[N(2,3)]
   2  4    -8.62732557E-02   # Re[N(2,4)]
   3  1    -1.33970985E-02   # Re[N(3,1)]
   3  2     1.89140928E-02   # Re[N(3,2)]
   3  3     7.06566774E-01   # Re[N(3,3)]
   3  4     7.07266688E-01   # Re[N(3,4)]
   4  1    -3.35570136E-02   # Re[N(4,1)]
   4  2     1.40848668E-01   # Re[N(4,2)]
   4  3     6.97797146E-01   # Re[N(4,3)]
   4  4    -7.01508890E-01   # Re[N(4,4)]
Block Umix # chargino mixing matrix
   1  1    -9.87121630E-01   # Re[U(1,1)]
   1  2     1.59971523E-01   # Re[U(1,2)]
   2  1     1.59971523E-01   # Re[U(2,1)]
   2  2     9.87121630E-01   # Re[U(2,2)]
Block Vmix # chargino mixing matrix
   1  1    -9.92452966E-01   # Re[V(1,1)]
   1  2     1.22625898E-01   # Re[V(1,2)]
   2  1     1.22625898E-01   # Re[V(2,1)]
   2  2     9.92452966E-01   # Re[V(2,2)]
Block SPhenoLowEnergy  # low energy observables
    1    3.23342444E-04   # BR(b -> s gamma)
    2    1.59020595E-06   # BR(b -> s mu+ mu-)
    3    3.53322248E-05   # BR(b -> s nu nu)
    4    2.14404917E-15   # BR(Bd -> e+ e-)
    5    9.15908495E-11   # BR(Bd -> mu+ mu-)
    6    1.91427004E-08   # BR(Bd -> tau+ tau-)
    7    7.21698543E-14   # BR(Bs -> e+ e-)
    8    3.08307783E-09   # BR(Bs -> mu+ mu-)
    9    6.52932269E-07   # BR(Bs -> tau+ tau-)
   10    9.59183415E-05   # BR(B_u -> tau nu)
   11    9.90857691E-01   # BR(B_u -> tau nu)/BR(B_u -> tau nu)_SM
   12    5.41355664E-01   # |Delta(M_Bd)| [ps^-1] 
   13    1.93409371E+01   # |Delta(M_Bs)| [ps^-1] 
   14    0.00000000E+00   # neutron EDM according to the chiral quark model
   15    0.00000000E+00   # neutron EDM according to the relativistic quark-parton model
   16    2.13060909E-03   # epsilon_K
   17    2.93780987E-15   # Delta(M_K)
   18    2.48538782E-11   # BR(K^0 -> pi^0 nu nu)
   19    8.30343787E-11   # BR(K^+ -> pi^+ nu nu)
   20    7.73030933E-15   # Delta(g-2)_electron/2
   21    3.30588231E-10   # Delta(g-2)_muon/2
   22    1.02360695E-07   # Delta(g-2)_tau/2
   23    0.00000000E+00   # electric dipole moment of the electron
   24    0.00000000E+00   # electric dipole moment of the muon
   25    0.00000000E+00   # electric dipole moment of the tau
   26    0.00000000E+00   # Br(mu -> e gamma)
   27    0.00000000E+00   # Br(tau -> e gamma)
   28    0.00000000E+00   # Br(tau -> mu gamma)
   29    0.00000000E+00   # Br(mu -> 3 e)
   30    0.00000000E+00   # Br(tau -> 3 e)
   31    0.00000000E+00   # Br(tau -> 3 mu)
   39    6.96170365E-05   # Delta(rho_parameter)
   40    0.00000000E+00   # BR(Z -> e mu)
   41    0.00000000E+00   # BR(Z -> e tau)
   42    0.00000000E+00   # BR(Z -> mu tau)
Block FWCOEF Q=  1.60000000E+02  # Wilson coefficients at scale Q
#    id        order  M        value         comment
     0305 4422   00   0    -1.88928773E-01   # C7
     0305 4422   00   2    -1.90874714E-01   # C7
     0305 4322   00   2    -5.11680090E-05   # C7'
     0305 6421   00   0    -9.52626856E-02   # C8
     0305 6421   00   2    -1.03950190E-01   # C8
     0305 6321   00   2    -1.75969920E-04   # C8'
 03051111 4133   00   0     1.17555124E+00   # C9 e+e-
 03051111 4133   00   2     1.17603532E+00   # C9 e+e-
 03051111 4233   00   2    -4.41492506E-06   # C9' e+e-
 03051111 4137   00   0    -4.00378560E+00   # C10 e+e-
 03051111 4137   00   2    -4.00274091E+00   # C10 e+e-
 03051111 4237   00   2     1.18905706E-04   # C10' e+e-
 03051313 4133   00   0     1.17555124E+00   # C9 mu+mu-
 03051313 4133   00   2     1.17603430E+00   # C9 mu+mu-
 03051313 4233   00   2    -4.41564065E-06   # C9' mu+mu-
 03051313 4137   00   0    -4.00378560E+00   # C10 mu+mu-
 03051313 4137   00   2    -4.00274194E+00   # C10 mu+mu-
 03051313 4237   00   2     1.18906183E-04   # C10' mu+mu-
 03051212 4137   00   0     1.50693286E+00   # C11 nu_1 nu_1
 03051212 4137   00   2     1.50668603E+00   # C11 nu_1 nu_1
 03051212 4237   00   2    -2.86148405E-05   # C11' nu_1 nu_1
 03051414 4137   00   0     1.50693286E+00   # C11 nu_2 nu_2
 03051414 4137   00   2     1.50668603E+00   # C11 nu_2 nu_2
 03051414 4237   00   2    -2.86146839E-05   # C11' nu_2 nu_2
 03051616 4137   00   0     1.50693286E+00   # C11 nu_3 nu_3
 03051616 4137   00   2     1.50668611E+00   # C11 nu_3 nu_3
 03051616 4237   00   2    -2.85705594E-05   # C11' nu_3 nu_3
Block IMFWCOEF Q=  1.60000000E+02  # Im(Wilson coefficients) at scale Q
#    id        order  M        value         comment
     0305 4422   00   0     3.86566581E-07   # C7
     0305 4422   00   2     6.46372142E-06   # C7
     0305 4322   00   2     2.61744132E-06   # C7'
     0305 6421   00   0     3.31119485E-07   # C8
     0305 6421   00   2     1.54073475E-07   # C8
     0305 6321   00   2     1.24349859E-06   # C8'
 03051111 4133   00   2     1.24936725E-08   # C9 e+e-
 03051111 4233   00   2     1.70606997E-07   # C9' e+e-
 03051111 4137   00   2    -1.09108874E-06   # C10 e+e-
 03051111 4237   00   2    -4.54664619E-06   # C10' e+e-
 03051313 4133   00   2     1.24702176E-08   # C9 mu+mu-
 03051313 4233   00   2     1.70605889E-07   # C9' mu+mu-
 03051313 4137   00   2    -1.09109665E-06   # C10 mu+mu-
 03051313 4237   00   2    -4.54664933E-06   # C10' mu+mu-
 03051212 4137   00   2     3.44130590E-07   # C11 nu_1 nu_1
 03051212 4237   00   2     1.09415619E-06   # C11' nu_1 nu_1
 03051414 4137   00   2     3.44129948E-07   # C11 nu_2 nu_2
 03051414 4237   00   2     1.09415619E-06   # C11' nu_2 nu_2
 03051616 4137   00   2     3.43950527E-07   # C11 nu_3 nu_3
 03051616 4237   00   2     1.09415621E-06   # C11' nu_3 nu_3
