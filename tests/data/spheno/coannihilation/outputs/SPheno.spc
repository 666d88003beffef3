# SUSY Les Houches Accord 2 - MSSM spectrum + Decays
# SPheno v4.0.5  
# W. Porod, Comput. Phys. Commun. 153 (2003) 275-315, hep-ph/0301101;
# W. Porod, F.~Staub, Comput. Phys. Commun. 183 (2012) 2458
#                     arXiv:1104.1573 [hep-ph] 
# in case of problems send email to porod@physik.uni-wuerzburg.de
# Created: 24.11.2026,  21:56
Block SPINFO         # Program information
     1   SPheno      # spectrum calculator
     2   v4.0.5      # version number
#
Block SPhenoINFO     # SPheno specific information
    1      2         # using 2-loop RGEs
Block MODSEL  # Model selection
    1    1    # mSUGRA model
Block MINPAR  # Input parameters
    1    1.25000000E+02  # m0      
    2    5.00000000E+02  # m12     
    3    1.00000000E+01  # tanb at m_Z   
    4    1.00000000E+00  # cos(phase_mu)
    5    0.00000000E+00  # A0
#
Block gauge Q=  1.69659509E+16  # (GUT scale)
   1    7.12651091E-01  # g'(M_GUT)^DRbar
   2    7.12651091E-01  # g(M_GUT)^DRbar
   3    7.03824047E-01  # g3(M_GUT)^DRbar
Block Yu Q=  1.69659509E+16  # (GUT scale)
  1  1     3.17387280E-06   # Y_u(M_GUT)^DRbar
  2  2     1.61233387E-03   # Y_c(M_GUT)^DRbar
  3  3     4.97567987E-01   # Y_t(M_GUT)^DRbar
Block Yd Q=  1.69659509E+16  # (GUT scale)
  1  1     4.77609828E-05   # Y_d(M_GUT)^DRbar
  2  2     9.07460951E-04   # Y_s(M_GUT)^DRbar
  3  3     5.16815408E-02   # Y_b(M_GUT)^DRbar
Block Ye Q=  1.69659509E+16  # (GUT scale)
  1  1     1.99608837E-05   # Y_e(M_GUT)^DRbar
  2  2     4.12733705E-03   # Y_mu(M_GUT)^DRbar
  3  3     6.96954402E-02   # Y_tau(M_GUT)^DRbar
Block SMINPUTS  # SM parameters
         1     1.27931874E+02  # alpha_em^-1(MZ)^MSbar
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
Block gauge Q=  8.74401420E+02  # (SUSY scale)
   1    3.62559225E-01  # g'(Q)^DRbar
   2    6.42550715E-01  # g(Q)^DRbar
   3    1.06087905E+00  # g3(Q)^DRbar
Block Yu Q=  8.74401420E+02  # (SUSY scale)
  1  1     7.06714525E-06   # Y_u(Q)^DRbar
  2  2     3.59010964E-03   # Y_c(Q)^DRbar
  3  3     8.54365245E-01   # Y_t(Q)^DRbar
Block Yd Q=  8.74401420E+02  # (SUSY scale)
  1  1     1.34518299E-04   # Y_d(Q)^DRbar
  2  2     2.55584730E-03   # Y_s(Q)^DRbar
  3  3     1.33044970E-01   # Y_b(Q)^DRbar
Block Ye Q=  8.74401420E+02  # (SUSY scale)
  1  1     2.88681997E-05   # Y_e(Q)^DRbar
  2  2     5.96902385E-03   # Y_mu(Q)^DRbar
  3  3     1.00364944E-01   # Y_tau(Q)^DRbar
Block Au Q=  8.74401420E+02  # (SUSY scale)
  1  1    -1.14138014E+03   # A_u(Q)^DRbar
  2  2    -1.14137486E+03   # A_c(Q)^DRbar
  3  3    -8.85985501E+02   # A_t(Q)^DRbar
Block Ad Q=  8.74401420E+02  # (SUSY scale)
  1  1    -1.39102981E+03   # A_d(Q)^DRbar
  2  2    -1.39102600E+03   # A_s(Q)^DRbar
  3  3    -1.30145129E+03   # A_b(Q)^DRbar
Block Ae Q=  8.74401420E+02  # (SUSY scale)
  1  1    -2.98383243E+02   # A_e(Q)^DRbar
  2  2    -2.98377513E+02   # A_mu(Q)^DRbar
  3  3    -2.96763449E+02   # A_tau(Q)^DRbar
Block MSOFT Q=  8.74401420E+02  # soft SUSY breaking masses at Q
   1    2.09994258E+02  # M_1
   2    3.88972778E+02  # M_2
   3    1.11125933E+03  # M_3
  21    1.09324776E+05  # M^2_(H,d)
  22   -3.76246860E+05  # M^2_(H,u)
  31    3.53647919E+02  # M_(L,11)
  32    3.53644385E+02  # M_(L,22)
  33    3.52649043E+02  # M_(L,33)
  34    2.21896982E+02  # M_(E,11)
  35    2.21885501E+02  # M_(E,22)
  36    2.18631263E+02  # M_(E,33)
  41    1.01606914E+03  # M_(Q,11)
  42    1.01606676E+03  # M_(Q,22)
  43    9.37492205E+02  # M_(Q,33)
  44    9.78127129E+02  # M_(U,11)
  45    9.78123959E+02  # M_(U,22)
  46    8.07462040E+02  # M_(U,33)
  47    9.73521481E+02  # M_(D,11)
  48    9.73519625E+02  # M_(D,22)
  49    9.68697336E+02  # M_(D,33)
Block MASS  # Mass spectrum
#   PDG code      mass          particle
         6     1.72570000E+02  # m_t(pole)
        23     9.11880000E+01  # m_Z(pole)
        24     8.03581957E+01  # W+
        15     1.77693000E+00  # m_tau(pole)
        25     1.14729617E+02  # h0
        35     7.12297874E+02  # H0
        36     7.12023292E+02  # A0
        37     7.16853191E+02  # H+
   1000001     1.05307739E+03  # ~d_L
   2000001     1.00854535E+03  # ~d_R
   1000002     1.05021913E+03  # ~u_L
   2000002     1.01187040E+03  # ~u_R
   1000003     1.05307544E+03  # ~s_L
   2000003     1.00854273E+03  # ~s_R
   1000004     1.05022056E+03  # ~c_L
   2000004     1.01186326E+03  # ~c_R
   1000005     9.64997315E+02  # ~b_1
   2000005     1.00540714E+03  # ~b_2
   1000006     8.04039070E+02  # ~t_1
   2000006     1.01055260E+03  # ~t_2
   1000011     3.61191209E+02  # ~e_L-
   2000011     2.29752033E+02  # ~e_R-
   1000012     3.52232759E+02  # ~nu_eL
   1000013     3.61195455E+02  # ~mu_L-
   2000013     2.29727044E+02  # ~mu_R-
   1000014     3.52228626E+02  # ~nu_muL
   1000015     2.22696772E+02  # ~tau_1-
   2000015     3.62321795E+02  # ~tau_2-
   1000016     3.51063777E+02  # ~nu_tauL
   1000021     1.14409919E+03  # ~g
   1000022     2.04832716E+02  # ~chi_10
   1000023     3.85866873E+02  # ~chi_20
   1000025    -6.28695077E+02  # ~chi_30
   1000035     6.42884805E+02  # ~chi_40
   1000024     3.85867337E+02  # ~chi_1+
   1000037     6.43165810E+02  # ~chi_2+
# Higgs mixing
Block alpha # Effective Higgs mixing angle
          -1.06968497E-01   # alpha
Block Hmix Q=  8.74401420E+02  # Higgs mixing parameters
   1    6.23244128E+02  # mu
   2    9.67023615E+00  # tan[beta](Q)
   3    2.44844297E+02  # v(Q)
   4    4.87911122E+05  # m^2_A(Q)
Block stopmix # stop mixing matrix
   1  1     4.28900251E-01   # Re[R_st(1,1)]
   1  2     9.03351855E-01   # Re[R_st(1,2)]
   2  1    -9.03351855E-01   # Re[R_st(2,1)]
   2  2     4.28900251E-01   # Re[R_st(2,2)]
Block sbotmix # sbottom mixing matrix
   1  1     9.75656423E-01   # Re[R_sb(1,1)]
   1  2     2.19304684E-01   # Re[R_sb(1,2)]
   2  1    -2.19304684E-01   # Re[R_sb(2,1)]
   2  2     9.75656423E-01   # Re[R_sb(2,2)]
Block staumix # stau mixing matrix
   1  1     1.41487720E-01   # Re[R_sta(1,1)]
   1  2     9.89940011E-01   # Re[R_sta(1,2)]
   2  1    -9.89940011E-01   # Re[R_sta(2,1)]
   2  2     1.41487720E-01   # Re[R_sta(2,2)]
Block Nmix # neutralino mixing matrix
   1  1    -9.95635822E-01   # Re[N(1,1)]
   1  2     1.80097263E-02   # Re[N(1,2)]
   1  3    -8.44463073E-02   # Re[N(1,3)]
   1  4     3.54087580E-02   # Re[N(1,4)]
   2  1    -3.96049455E-02   # Re[N(2,1)]
   2  2    -9.68777061E-01   # Re[N(2,2)]
   2  3     2.03027148E-01   # Re[N(2,3)]
   2  4    -1.36683693E-01   # Re[N(2,4)]
   3  1    -3.35820234E-02   # Re[N(3,1)]
   3  2     4.88377049E-02   # Re[N(3,2)]
   3  3     7.03368035E-01   # Re[N(3,3)]
   3  4     7.08350573E-01   # Re[N(3,4)]
   4  1    -7.75435697E-02   # Re[N(4,1)]
   4  2     2.42407787E-01   # Re[N(4,2)]
   4  3     6.75960210E-01   # Re[N(4,3)]
   4  4    -6.91594718E-01   # Re[N(4,4)]
Block Umix # chargino mixing matrix
   1  1    -9.56861128E-01   # Re[U(1,1)]
   1  2     2.90545663E-01   # Re[U(1,2)]
   2  1     2.90545663E-01   # Re[U(2,1)]
   2  2     9.56861128E-01   # Re[U(2,2)]
Block Vmix # chargino mixing matrix
   1  1    -9.80570174E-01   # Re[V(1,1)]
   1  2     1.96168636E-01   # Re[V(1,2)]
   2  1     1.96168636E-01   # Re[V(2,1)]
   2  2     9.80570174E-01   # Re[V(2,2)]
Block SPhenoLowEnergy  # low energy observables
    1    3.34753743E-04   # BR(b -> s gamma)
    2    1.58674932E-06   # BR(b -> s mu+ mu-)
    3    3.52573588E-05   # BR(b -> s nu nu)
    4    2.12872842E-15   # BR(Bd -> e+ e-)
    5    9.09368856E-11   # BR(Bd -> mu+ mu-)
    6    1.90373516E-08   # BR(Bd -> tau+ tau-)
    7    7.17060655E-14   # BR(Bs -> e+ e-)
    8    3.06328175E-09   # BR(Bs -> mu+ mu-)
    9    6.49773994E-07   # BR(Bs -> tau+ tau-)
   10    9.60983192E-05   # BR(B_u -> tau nu)
   11    9.92716901E-01   # BR(B_u -> tau nu)/BR(B_u -> tau nu)_SM
   12    5.44133219E-01   # |Delta(M_Bd)| [ps^-1] 
   13    1.94413280E+01   # |Delta(M_Bs)| [ps^-1] 
   14    0.00000000E+00   # neutron EDM according to the chiral quark model
   15    0.00000000E+00   # neutron EDM according to the relativistic quark-parton model
   16    2.14147365E-03   # epsilon_K
   17    2.93792244E-15   # Delta(M_K)
   18    2.47988424E-11   # BR(K^0 -> pi^0 nu nu)
   19    8.29042129E-11   # BR(K^+ -> pi^+ nu nu)
   20    2.08076000E-14   # Delta(g-2)_electron/2
   21    8.89630575E-10   # Delta(g-2)_muon/2
   22    2.54982709E-07   # Delta(g-2)_tau/2
   23    0.00000000E+00   # electric dipole moment of the electron
   24    0.00000000E+00   # electric dipole moment of the muon
   25    0.00000000E+00   # electric dipole moment of the tau
   26    0.00000000E+00   # Br(mu -> e gamma)
   27    0.00000000E+00   # Br(tau -> e gamma)
   28    0.00000000E+00   # Br(tau -> mu gamma)
   29    0.00000000E+00   # Br(mu -> 3 e)
   30    0.00000000E+00   # Br(tau -> 3 e)
   31    0.00000000E+00   # Br(tau -> 3 mu)
   39    8.92034211E-05   # Delta(rho_parameter)
   40    0.00000000E+00   # BR(Z -> e mu)
   41    0.00000000E+00   # BR(Z -> e tau)
   42    0.00000000E+00   # BR(Z -> mu tau)
Block FWCOEF Q=  1.60000000E+02  # Wilson coefficients at scale Q
#    id        order  M        value         comment
     0305 4422   00   0    -1.88924274E-01   # C7
     0305 4422   00   2    -2.00129691E-01   # C7
     0305 4322   00   2    -2.74509987E-04   # C7'
     0305 6421   00   0    -9.52612562E-02   # C8
     0305 6421   00   2    -1.24464107E-01   # C8
     0305 6321   00   2    -6.00697108E-04   # C8'
 03051111 4133   00   0     1.22423169E+00   # C9 e+e-
 03051111 4133   00   2     1.22800036E+00   # C9 e+e-
 03051111 4233   00   2    -5.32570076E-06   # C9' e+e-
 03051111 4137   00   0    -4.05223850E+00   # C10 e+e-
 03051111 4137   00   2    -4.04453687E+00   # C10 e+e-
 03051111 4237   00   2     1.09122099E-04   # C10' e+e-
 03051313 4133   00   0     1.22423169E+00   # C9 mu+mu-
 03051313 4133   00   2     1.22799935E+00   # C9 mu+mu-
 03051313 4233   00   2    -5.32584512E-06   # C9' mu+mu-
 03051313 4137   00   0    -4.05223850E+00   # C10 mu+mu-
 03051313 4137   00   2    -4.04453787E+00   # C10 mu+mu-
 03051313 4237   00   2     1.09122224E-04   # C10' mu+mu-
 03051212 4137   00   0     1.50686788E+00   # C11 nu_1 nu_1
 03051212 4137   00   2     1.50508898E+00   # C11 nu_1 nu_1
 03051212 4237   00   2    -2.59446404E-05   # C11' nu_1 nu_1
 03051414 4137   00   0     1.50686788E+00   # C11 nu_2 nu_2
 03051414 4137   00   2     1.50508898E+00   # C11 nu_2 nu_2
 03051414 4237   00   2    -2.59446076E-05   # C11' nu_2 nu_2
 03051616 4137   00   0     1.50686788E+00   # C11 nu_3 nu_3
 03051616 4137   00   2     1.50508917E+00   # C11 nu_3 nu_3
 03051616 4237   00   2    -2.59353551E-05   # C11' nu_3 nu_3
Block IMFWCOEF Q=  1.60000000E+02  # Im(Wilson coefficients) at scale Q
#    id        order  M        value         comment
     0305 4422   00   0     3.86523608E-07   # C7
     0305 4422   00   2     1.87676791E-05   # C7
     0305 4322   00   2     7.87005995E-06   # C7'
     0305 6421   00   0     3.31082691E-07   # C8
     0305 6421   00   2     1.57730760E-06   # C8
     0305 6321   00   2     3.81741033E-06   # C8'
 03051111 4133   00   2    -3.48510276E-07   # C9 e+e-
 03051111 4233   00   2     2.23380885E-08   # C9' e+e-
 03051111 4137   00   2     2.06758784E-07   # C10 e+e-
 03051111 4237   00   2    -4.45306203E-07   # C10' e+e-
 03051313 4133   00   2    -3.48634222E-07   # C9 mu+mu-
 03051313 4233   00   2     2.23380273E-08   # C9' mu+mu-
 03051313 4137   00   2     2.06662203E-07   # C10 mu+mu-
 03051313 4237   00   2    -4.45306493E-07   # C10' mu+mu-
 03051212 4137   00   2     8.39005147E-07   # C11 nu_1 nu_1
 03051212 4237   00   2     1.05882387E-07   # C11' nu_1 nu_1
 03051414 4137   00   2     8.39004803E-07   # C11 nu_2 nu_2
 03051414 4237   00   2     1.05882387E-07   # C11' nu_2 nu_2
 03051616 4137   00   2     8.38911460E-07   # C11 nu_3 nu_3
 03051616 4237   00   2     1.05882394E-07   # C11' nu_3 nu_3
