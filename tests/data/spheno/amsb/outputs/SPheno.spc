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
    1    3    # mAMSB model
Block MINPAR  # Input parameters
    1    4.00000000E+02  # M_0
    2    6.00000000E+04  # m_3/2, gravitino mass
    3    1.00000000E+01  # tanb at m_Z   
    4    1.00000000E+00  # Sign(mu)
Block SMINPUTS  # SM parameters
         1     1.27931893E+02  # alpha_em^-1(MZ)^MSbar
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
Block gauge Q=  9.95463447E+02  # (SUSY scale)
   1    3.62695425E-01  # g'(Q)^DRbar
   2    6.43632939E-01  # g(Q)^DRbar
   3    1.05301191E+00  # g3(Q)^DRbar
Block Yu Q=  9.95463447E+02  # (SUSY scale)
  1  1     7.01011021E-06   # Y_u(Q)^DRbar
  2  2     3.56113584E-03   # Y_c(Q)^DRbar
  3  3     8.50328576E-01   # Y_t(Q)^DRbar
Block Yd Q=  9.95463447E+02  # (SUSY scale)
  1  1     1.52030465E-04   # Y_d(Q)^DRbar
  2  2     2.88857770E-03   # Y_s(Q)^DRbar
  3  3     1.45021873E-01   # Y_b(Q)^DRbar
Block Ye Q=  9.95463447E+02  # (SUSY scale)
  1  1     2.81989991E-05   # Y_e(Q)^DRbar
  2  2     5.83063089E-03   # Y_mu(Q)^DRbar
  3  3     9.79230854E-02   # Y_tau(Q)^DRbar
Block Au Q=  9.95463447E+02  # (SUSY scale)
  1  1     1.98724796E+03   # A_u(Q)^DRbar
  2  2     1.98723017E+03   # A_c(Q)^DRbar
  3  3     1.15252130E+03   # A_t(Q)^DRbar
Block Ad Q=  9.95463447E+02  # (SUSY scale)
  1  1     2.77850860E+03   # A_d(Q)^DRbar
  2  2     2.77849409E+03   # A_s(Q)^DRbar
  3  3     2.48018265E+03   # A_b(Q)^DRbar
Block Ae Q=  9.95463447E+02  # (SUSY scale)
  1  1     6.18968795E+02   # A_e(Q)^DRbar
  2  2     6.18929274E+02   # A_mu(Q)^DRbar
  3  3     6.07822147E+02   # A_tau(Q)^DRbar
Block MSOFT Q=  9.95463447E+02  # soft SUSY breaking masses at Q
   1    5.52857292E+02  # M_1
   2    1.66895729E+02  # M_2
   3   -1.24939155E+03  # M_3
  21    2.68210411E+04  # M^2_(H,d)
  22   -1.06326639E+06  # M^2_(H,u)
  31    3.13079469E+02  # M_(L,11)
  32    3.13059661E+02  # M_(L,22)
  33    3.07509553E+02  # M_(L,33)
  34    2.93983426E+02  # M_(E,11)
  35    2.93941194E+02  # M_(E,22)
  36    2.81968418E+02  # M_(E,33)
  41    1.23965501E+03  # M_(Q,11)
  42    1.23964698E+03  # M_(Q,22)
  43    1.07595744E+03  # M_(Q,33)
  44    1.24800138E+03  # M_(U,11)
  45    1.24799299E+03  # M_(U,22)
  46    9.13353819E+02  # M_(U,33)
  47    1.25796391E+03  # M_(D,11)
  48    1.25795631E+03  # M_(D,22)
  49    1.24069491E+03  # M_(D,33)
Block MASS  # Mass spectrum
#   PDG code      mass          particle
         6     1.72570000E+02  # m_t(pole)
        23     9.11880000E+01  # m_Z(pole)
        24     8.03568526E+01  # W+
        15     1.77693000E+00  # m_tau(pole)
        25     1.17790247E+02  # h0
        35     1.06433620E+03  # H0
        36     1.06386200E+03  # A0
        37     1.06712646E+03  # H+
   1000001     1.27848209E+03  # ~d_L
   2000001     1.29387205E+03  # ~d_R
   1000002     1.27616914E+03  # ~u_L
   2000002     1.28350074E+03  # ~u_R
   1000003     1.27847266E+03  # ~s_L
   2000003     1.29386596E+03  # ~s_R
   1000004     1.27613121E+03  # ~c_L
   2000004     1.28352256E+03  # ~c_R
   1000005     1.11140669E+03  # ~b_1
   2000005     1.27703045E+03  # ~b_2
   1000006     9.28012368E+02  # ~t_1
   2000006     1.14747835E+03  # ~t_2
   1000011     3.17777191E+02  # ~e_L-
   2000011     3.03217697E+02  # ~e_R-
   1000012     3.07609829E+02  # ~nu_eL
   1000013     3.17925082E+02  # ~mu_L-
   2000013     3.02997888E+02  # ~mu_R-
   1000014     3.07588658E+02  # ~nu_muL
   1000015     2.70533120E+02  # ~tau_1-
   2000015     3.29842485E+02  # ~tau_2-
   1000016     3.01637203E+02  # ~nu_tauL
   1000021     1.30565193E+03  # ~g
   1000022     1.73070533E+02  # ~chi_10
   1000023     5.42115885E+02  # ~chi_20
   1000025    -1.04200708E+03  # ~chi_30
   1000035     1.04799214E+03  # ~chi_40
   1000024     1.73237453E+02  # ~chi_1+
   1000037     1.04722204E+03  # ~chi_2+
# Higgs mixing
Block alpha # Effective Higgs mixing angle
          -1.06250053E-01   # alpha
Block Hmix Q=  9.95463447E+02  # Higgs mixing parameters
   1    1.04228771E+03  # mu
   2    9.65619639E+00  # tan[beta](Q)
   3    2.44652875E+02  # v(Q)
   4    1.10555539E+06  # m^2_A(Q)
Block stopmix # stop mixing matrix
   1  1    -3.74229223E-01   # Re[R_st(1,1)]
   1  2     9.27336233E-01   # Re[R_st(1,2)]
   2  1    -9.27336233E-01   # Re[R_st(2,1)]
   2  2    -3.74229223E-01   # Re[R_st(2,2)]
Block IMstopmix # imaginary parts of stop mixing matrix
   1  1    -1.62504044E-18   # Im[R_st(1,1)]
   1  2     0.00000000E+00   # Im[R_st(1,2)]
   2  1     0.00000000E+00   # Im[R_st(2,1)]
   2  2     1.62504044E-18   # Im[R_st(2,2)]
Block sbotmix # sbottom mixing matrix
   1  1     9.98828508E-01   # Re[R_sb(1,1)]
   1  2     4.83901983E-02   # Re[R_sb(1,2)]
   2  1    -4.83901983E-02   # Re[R_sb(2,1)]
   2  2     9.98828508E-01   # Re[R_sb(2,2)]
Block IMsbotmix # imaginary parts of sbottom mixing matrix
   1  1    -8.92070785E-19   # Im[R_sb(1,1)]
   1  2     0.00000000E+00   # Im[R_sb(1,2)]
   2  1     0.00000000E+00   # Im[R_sb(2,1)]
   2  2     8.92070785E-19   # Im[R_sb(2,2)]
Block staumix # stau mixing matrix
   1  1     5.67090330E-01   # Re[R_sta(1,1)]
   1  2     8.23655606E-01   # Re[R_sta(1,2)]
   2  1    -8.23655606E-01   # Re[R_sta(2,1)]
   2  2     5.67090330E-01   # Re[R_sta(2,2)]
Block Nmix # neutralino mixing matrix
   1  1     3.25726478E-03   # Re[N(1,1)]
   1  2    -9.96731616E-01   # Re[N(1,2)]
   1  3     7.81673238E-02   # Re[N(1,3)]
   1  4    -2.01331788E-02   # Re[N(1,4)]
   2  1     9.97481888E-01   # Re[N(2,1)]
   2  2     8.73243074E-03   # Re[N(2,2)]
   2  3     6.05371337E-02   # Re[N(2,3)]
   2  4    -3.59010096E-02   # Re[N(2,4)]
   3  1    -1.77135549E-02   # Re[N(3,1)]
   3  2     4.09779737E-02   # Re[N(3,2)]
   3  3     7.05448496E-01   # Re[N(3,3)]
   3  4     7.07353840E-01   # Re[N(3,4)]
   4  1    -6.85966661E-02   # Re[N(4,1)]
   4  2     6.90697872E-02   # Re[N(4,2)]
   4  3     7.01831565E-01   # Re[N(4,3)]
   4  4    -7.05660199E-01   # Re[N(4,4)]
Block Umix # chargino mixing matrix
   1  1    -9.93922806E-01   # Re[U(1,1)]
   1  2     1.10079314E-01   # Re[U(1,2)]
   2  1     1.10079314E-01   # Re[U(2,1)]
   2  2     9.93922806E-01   # Re[U(2,2)]
Block Vmix # chargino mixing matrix
   1  1    -9.99596889E-01   # Re[V(1,1)]
   1  2     2.83912040E-02   # Re[V(1,2)]
   2  1     2.83912040E-02   # Re[V(2,1)]
   2  2     9.99596889E-01   # Re[V(2,2)]
Block SPhenoLowEnergy  # low energy observables
    1    3.55568884E-04   # BR(b -> s gamma)
    2    1.58401500E-06   # BR(b -> s mu+ mu-)
    3    3.52448698E-05   # BR(b -> s nu nu)
    4    2.11660125E-15   # BR(Bd -> e+ e-)
    5    9.04188564E-11   # BR(Bd -> mu+ mu-)
    6    1.89307025E-08   # BR(Bd -> tau+ tau-)
    7    7.13020546E-14   # BR(Bs -> e+ e-)
    8    3.04602330E-09   # BR(Bs -> mu+ mu-)
    9    6.46167725E-07   # BR(Bs -> tau+ tau-)
   10    9.64051158E-05   # BR(B_u -> tau nu)
   11    9.95886177E-01   # BR(B_u -> tau nu)/BR(B_u -> tau nu)_SM
   12    5.43002483E-01   # |Delta(M_Bd)| [ps^-1] 
   13    1.94013195E+01   # |Delta(M_Bs)| [ps^-1] 
   14    8.29945431E-42   # neutron EDM according to the chiral quark model
   15   -2.16920782E-41   # neutron EDM according to the relativistic quark-parton model
   16    2.13750359E-03   # epsilon_K
   17    2.93788081E-15   # Delta(M_K)
   18    2.48092995E-11   # BR(K^0 -> pi^0 nu nu)
   19    8.29030775E-11   # BR(K^+ -> pi^+ nu nu)
   20    1.97080657E-14   # Delta(g-2)_electron/2
   21    8.42659112E-10   # Delta(g-2)_muon/2
   22    2.44693987E-07   # Delta(g-2)_tau/2
   23    0.00000000E+00   # electric dipole moment of the electron
   24    0.00000000E+00   # electric dipole moment of the muon
   25    0.00000000E+00   # electric dipole moment of the tau
   26    0.00000000E+00   # Br(mu -> e gamma)
   27    0.00000000E+00   # Br(tau -> e gamma)
   28    0.00000000E+00   # Br(tau -> mu gamma)
   29    0.00000000E+00   # Br(mu -> 3 e)
   30    0.00000000E+00   # Br(tau -> 3 e)
   31    0.00000000E+00   # Br(tau -> 3 mu)
   39    6.77249249E-05   # Delta(rho_parameter)
   40    0.00000000E+00   # BR(Z -> e mu)
   41    0.00000000E+00   # BR(Z -> e tau)
   42    0.00000000E+00   # BR(Z -> mu tau)
Block FWCOEF Q=  1.60000000E+02  # Wilson coefficients at scale Q
#    id        order  M        value         comment
     0305 4422   00   0    -1.88926242E-01   # C7
     0305 4422   00   2    -2.25834981E-01   # C7
     0305 4322   00   2    -7.27081555E-04   # C7'
     0305 6421   00   0    -9.52618814E-02   # C8
     0305 6421   00   2    -1.31130632E-01   # C8
     0305 6321   00   2    -7.08162803E-04   # C8'
 03051111 4133   00   0     1.23705525E+00   # C9 e+e-
 03051111 4133   00   2     1.23833857E+00   # C9 e+e-
 03051111 4233   00   2    -2.74455653E-06   # C9' e+e-
 03051111 4137   00   0    -4.06516158E+00   # C10 e+e-
 03051111 4137   00   2    -4.05622880E+00   # C10 e+e-
 03051111 4237   00   2     5.30216656E-05   # C10' e+e-
 03051313 4133   00   0     1.23705525E+00   # C9 mu+mu-
 03051313 4133   00   2     1.23833783E+00   # C9 mu+mu-
 03051313 4233   00   2    -2.74459658E-06   # C9' mu+mu-
 03051313 4137   00   0    -4.06516158E+00   # C10 mu+mu-
 03051313 4137   00   2    -4.05622953E+00   # C10 mu+mu-
 03051313 4237   00   2     5.30216956E-05   # C10' mu+mu-
 03051212 4137   00   0     1.50689630E+00   # C11 nu_1 nu_1
 03051212 4137   00   2     1.50482296E+00   # C11 nu_1 nu_1
 03051212 4237   00   2    -1.25665559E-05   # C11' nu_1 nu_1
 03051414 4137   00   0     1.50689630E+00   # C11 nu_2 nu_2
 03051414 4137   00   2     1.50482296E+00   # C11 nu_2 nu_2
 03051414 4237   00   2    -1.25665471E-05   # C11' nu_2 nu_2
 03051616 4137   00   0     1.50689630E+00   # C11 nu_3 nu_3
 03051616 4137   00   2     1.50482304E+00   # C11 nu_3 nu_3
 03051616 4237   00   2    -1.25640890E-05   # C11' nu_3 nu_3
Block IMFWCOEF Q=  1.60000000E+02  # Im(Wilson coefficients) at scale Q
#    id        order  M        value         comment
     0305 4422   00   0     3.86514609E-07   # C7
     0305 4422   00   2     8.22389151E-06   # C7
     0305 4322   00   2    -4.80034941E-06   # C7'
     0305 6421   00   0     3.31074976E-07   # C8
     0305 6421   00   2     7.79453637E-06   # C8
     0305 6321   00   2    -2.77195606E-06   # C8'
 03051111 4133   00   2    -2.77557405E-06   # C9 e+e-
 03051111 4233   00   2     2.46132457E-08   # C9' e+e-
 03051111 4137   00   2     4.03924757E-05   # C10 e+e-
 03051111 4237   00   2    -4.68762800E-07   # C10' e+e-
 03051313 4133   00   2    -2.77571163E-06   # C9 mu+mu-
 03051313 4233   00   2     2.46132111E-08   # C9' mu+mu-
 03051313 4137   00   2     4.03926790E-05   # C10 mu+mu-
 03051313 4237   00   2    -4.68762945E-07   # C10' mu+mu-
 03051212 4137   00   2    -8.32148568E-06   # C11 nu_1 nu_1
 03051212 4237   00   2     1.11104703E-07   # C11' nu_1 nu_1
 03051414 4137   00   2    -8.32148370E-06   # C11 nu_2 nu_2
 03051414 4237   00   2     1.11104703E-07   # C11' nu_2 nu_2
 03051616 4137   00   2    -8.32094084E-06   # C11 nu_3 nu_3
 03051616 4237   00   2     1.11104709E-07   # C11' nu_3 nu_3
