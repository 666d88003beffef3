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
    1    1.50000000E+03  # m0      
    2    1.20000000E+03  # m12     
    3    2.00000000E+01  # tanb at m_Z   
    4    1.00000000E+00  # cos(phase_mu)
    5   -3.50000000E+03  # A0
#
Block gauge Q=  1.32725975E+16  # (GUT scale)
   1    7.01514127E-01  # g'(M_GUT)^DRbar
   2    7.01514127E-01  # g(M_GUT)^DRbar
   3    6.97155379E-01  # g3(M_GUT)^DRbar
Block Yu Q=  1.32725975E+16  # (GUT scale)
  1  1     3.18914936E-06   # Y_u(M_GUT)^DRbar
  2  2     1.62009584E-03   # Y_c(M_GUT)^DRbar
  3  3     4.91937420E-01   # Y_t(M_GUT)^DRbar
Block Yd Q=  1.32725975E+16  # (GUT scale)
  1  1     9.32904404E-05   # Y_d(M_GUT)^DRbar
  2  2     1.77252539E-03   # Y_s(M_GUT)^DRbar
  3  3     1.04237402E-01   # Y_b(M_GUT)^DRbar
Block Ye Q=  1.32725975E+16  # (GUT scale)
  1  1     4.18755235E-05   # Y_e(M_GUT)^DRbar
  2  2     8.65900715E-03   # Y_mu(M_GUT)^DRbar
  3  3     1.47898055E-01   # Y_tau(M_GUT)^DRbar
Block SMINPUTS  # SM parameters
         1     1.27931936E+02  # alpha_em^-1(MZ)^MSbar
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
Block gauge Q=  1.81225672E+03  # (SUSY scale)
   1    3.63405200E-01  # g'(Q)^DRbar
   2    6.36532379E-01  # g(Q)^DRbar
   3    1.01954333E+00  # g3(Q)^DRbar
Block Yu Q=  1.81225672E+03  # (SUSY scale)
  1  1     6.75550816E-06   # Y_u(Q)^DRbar
  2  2     3.43179807E-03   # Y_c(Q)^DRbar
  3  3     8.18552755E-01   # Y_t(Q)^DRbar
Block Yd Q=  1.81225672E+03  # (SUSY scale)
  1  1     2.40685036E-04   # Y_d(Q)^DRbar
  2  2     4.57300624E-03   # Y_s(Q)^DRbar
  3  3     2.44884672E-01   # Y_b(Q)^DRbar
Block Ye Q=  1.81225672E+03  # (SUSY scale)
  1  1     5.84721930E-05   # Y_e(Q)^DRbar
  2  2     1.20901124E-02   # Y_mu(Q)^DRbar
  3  3     2.02883190E-01   # Y_tau(Q)^DRbar
Block Au Q=  1.81225672E+03  # (SUSY scale)
  1  1    -4.94497555E+03   # A_u(Q)^DRbar
  2  2    -4.94493101E+03   # A_c(Q)^DRbar
  3  3    -3.32365676E+03   # A_t(Q)^DRbar
Block Ad Q=  1.81225672E+03  # (SUSY scale)
  1  1    -6.35258995E+03   # A_d(Q)^DRbar
  2  2    -6.35253038E+03   # A_s(Q)^DRbar
  3  3    -5.68882202E+03   # A_b(Q)^DRbar
Block Ae Q=  1.81225672E+03  # (SUSY scale)
  1  1    -4.01030012E+03   # A_e(Q)^DRbar
  2  2    -4.00982282E+03   # A_mu(Q)^DRbar
  3  3    -3.87596472E+03   # A_tau(Q)^DRbar
Block MSOFT Q=  1.81225672E+03  # soft SUSY breaking masses at Q
   1    5.27140737E+02  # M_1
   2    9.56534608E+02  # M_2
   3    2.52684330E+03  # M_3
  21    1.57842810E+06  # M^2_(H,d)
  22   -4.41424136E+06  # M^2_(H,u)
  31    1.68547936E+03  # M_(L,11)
  32    1.68521123E+03  # M_(L,22)
  33    1.61017168E+03  # M_(L,33)
  34    1.56029890E+03  # M_(E,11)
  35    1.55971508E+03  # M_(E,22)
  36    1.39065872E+03  # M_(E,33)
  41    2.70043352E+03  # M_(Q,11)
  42    2.70040041E+03  # M_(Q,22)
  43    2.17432580E+03  # M_(Q,33)
  44    2.62305506E+03  # M_(U,11)
  45    2.62303382E+03  # M_(U,22)
  46    1.51815205E+03  # M_(U,33)
  47    2.61360312E+03  # M_(D,11)
  48    2.61355533E+03  # M_(D,22)
  49    2.48623967E+03  # M_(D,33)
Block MASS  # Mass spectrum
#   PDG code      mass          particle
         6     1.72570000E+02  # m_t(pole)
        23     9.11880000E+01  # m_Z(pole)
        24     8.03537525E+01  # W+
        15     1.77693000E+00  # m_tau(pole)
        25     1.24971304E+02  # h0
        35     2.46914828E+03  # H0
        36     2.46932406E+03  # A0
        37     2.47092530E+03  # H+
   1000001     2.75987465E+03  # ~d_L
   2000001     2.67051506E+03  # ~d_R
   1000002     2.75889080E+03  # ~u_L
   2000002     2.67938945E+03  # ~u_R
   1000003     2.75984339E+03  # ~s_L
   2000003     2.67046758E+03  # ~s_R
   1000004     2.75886215E+03  # ~c_L
   2000004     2.67936410E+03  # ~c_R
   1000005     2.21636845E+03  # ~b_1
   2000005     2.54624766E+03  # ~b_2
   1000006     1.54298459E+03  # ~t_1
   2000006     2.24289668E+03  # ~t_2
   1000011     1.69173691E+03  # ~e_L-
   2000011     1.56369213E+03  # ~e_R-
   1000012     1.68958546E+03  # ~nu_eL
   1000013     1.69148307E+03  # ~mu_L-
   2000013     1.56308633E+03  # ~mu_R-
   1000014     1.68931433E+03  # ~nu_muL
   1000015     1.38944687E+03  # ~tau_1-
   2000015     1.61851345E+03  # ~tau_2-
   1000016     1.61320724E+03  # ~nu_tauL
   1000021     2.63270269E+03  # ~g
   1000022     5.24598192E+02  # ~chi_10
   1000023     9.91789790E+02  # ~chi_20
   1000025    -2.10844947E+03  # ~chi_30
   1000035     2.11040538E+03  # ~chi_40
   1000024     9.91952521E+02  # ~chi_1+
   1000037     2.11134888E+03  # ~chi_2+
# Higgs mixing
Block alpha # Effective Higgs mixing angle
          -5.20091559E-02   # alpha
Block Hmix Q=  1.81225672E+03  # Higgs mixing parameters
   1    2.11228163E+03  # mu
   2    1.92644666E+01  # tan[beta](Q)
   3    2.43860268E+02  # v(Q)
   4    6.01706472E+06  # m^2_A(Q)
Block stopmix # stop mixing matrix
   1  1     1.90972310E-01   # Re[R_st(1,1)]
   1  2     9.81595424E-01   # Re[R_st(1,2)]
   2  1    -9.81595424E-01   # Re[R_st(2,1)]
   2  2     1.90972310E-01   # Re[R_st(2,2)]
Block sbotmix # sbottom mixing matrix
   1  1     9.98022748E-01   # Re[R_sb(1,1)]
   1  2     6.28537512E-02   # Re[R_sb(1,2)]
   2  1    -6.28537512E-02   # Re[R_sb(2,1)]
   2  2     9.98022748E-01   # Re[R_sb(2,2)]
Block staumix # stau mixing matrix
   1  1     1.19462276E-01   # Re[R_sta(1,1)]
   1  2     9.92838740E-01   # Re[R_sta(1,2)]
   2  1    -9.92838740E-01   # Re[R_sta(2,1)]
   2  2     1.19462276E-01   # Re[R_sta(2,2)]
Block Nmix # neutralino mixing matrix
   1  1     9.99707314E-01   # Re[N(1,1)]
   1  2    -1.45008259E-03   # Re[N(1,2)]
   1  3     2.31061434E-02   # Re[N(1,3)]
   1  4    -7.02071576E-03   # Re[N(1,4)]
   2  1    -2.73288223E-03   # Re[N(2,1)]
   2  2    -9.98537700E-01   # Re[N(2,2)]
   2  3     4.81586319E-02   # Re[N(2,3)]
   2  4    -2.44077619E-02   # Re[N(2,4)]
   3  1     1.13427122E-02   # Re[N(3,1)]
   3  2    -1.68273285E-02   # Re[N(3,2)]
   3  3    -7.06696284E-01   # Re[N(3,3)]
   3  4    -7.07225951E-01   # Re[N(3,4)]
   4  1    -2.11934256E-02   # Re[N(4,1)]
   4  2     5.13536716E-02   # Re[N(4,2)]
   4  3     7.05497848E-01   # Re[N(4,3)]
   4  4    -7.06531263E-01   # Re[N(4,4)]
Block Umix # chargino mixing matrix
   1  1    -9.97662775E-01   # Re[U(1,1)]
   1  2     6.83299840E-02   # Re[U(1,2)]
   2  1     6.83299840E-02   # Re[U(2,1)]
   2  2     9.97662775E-01   # Re[U(2,2)]
Block Vmix # chargino mixing matrix
   1  1    -9.99394294E-01   # Re[V(1,1)]
   1  2     3.48000614E-02   # Re[V(1,2)]
   2  1     3.48000614E-02   # Re[V(2,1)]
   2  2     9.99394294E-01   # Re[V(2,2)]
Block SPhenoLowEnergy  # low energy observables
    1    3.16933000E-04   # BR(b -> s gamma)
    2    1.59119463E-06   # BR(b -> s mu+ mu-)
    3    3.53375859E-05   # BR(b -> s nu nu)
    4    2.02133974E-15   # BR(Bd -> e+ e-)
    5    8.63492000E-11   # BR(Bd -> mu+ mu-)
    6    1.80668804E-08   # BR(Bd -> tau+ tau-)
    7    6.81204879E-14   # BR(Bs -> e+ e-)
    8    2.91010048E-09   # BR(Bs -> mu+ mu-)
    9    6.16938757E-07   # BR(Bs -> tau+ tau-)
   10    9.66080874E-05   # BR(B_u -> tau nu)
   11    9.97982919E-01   # BR(B_u -> tau nu)/BR(B_u -> tau nu)_SM
   12    5.41401486E-01   # |Delta(M_Bd)| [ps^-1] 
   13    1.93443866E+01   # |Delta(M_Bs)| [ps^-1] 
   14    0.00000000E+00   # neutron EDM according to the chiral quark model
   15    0.00000000E+00   # neutron EDM according to the relativistic quark-parton model
   16    2.13069844E-03   # epsilon_K
   17    2.93781001E-15   # Delta(M_K)
   18    2.48605943E-11   # BR(K^0 -> pi^0 nu nu)
   19    8.30461430E-11   # BR(K^+ -> pi^+ nu nu)
   20    2.35022690E-15   # Delta(g-2)_electron/2
   21    1.00503668E-10   # Delta(g-2)_muon/2
   22    3.05837929E-08   # Delta(g-2)_tau/2
   23    0.00000000E+00   # electric dipole moment of the electron
   24    0.00000000E+00   # electric dipole moment of the muon
   25    0.00000000E+00   # electric dipole moment of the tau
   26    0.00000000E+00   # Br(mu -> e gamma)
   27    0.00000000E+00   # Br(tau -> e gamma)
   28    0.00000000E+00   # Br(tau -> mu gamma)
   29    0.00000000E+00   # Br(mu -> 3 e)
   30    0.00000000E+00   # Br(tau -> 3 e)
   31    0.00000000E+00   # Br(tau -> 3 mu)
   39    5.09175815E-05   # Delta(rho_parameter)
   40    0.00000000E+00   # BR(Z -> e mu)
   41    0.00000000E+00   # BR(Z -> e tau)
   42    0.00000000E+00   # BR(Z -> mu tau)
Block FWCOEF Q=  1.60000000E+02  # Wilson coefficients at scale Q
#    id        order  M        value         comment
     0305 4422   00   0    -1.88930785E-01   # C7
     0305 4422   00   2    -1.84337874E-01   # C7
     0305 4322   00   2     5.12460812E-05   # C7'
     0305 6421   00   0    -9.52633246E-02   # C8
     0305 6421   00   2    -9.62703174E-02   # C8
     0305 6321   00   2    -4.59614954E-05   # C8'
 03051111 4133   00   0     1.18021019E+00   # C9 e+e-
 03051111 4133   00   2     1.18059184E+00   # C9 e+e-
 03051111 4233   00   2     1.01023313E-06   # C9' e+e-
 03051111 4137   00   0    -4.00854629E+00   # C10 e+e-
 03051111 4137   00   2    -4.00785614E+00   # C10 e+e-
 03051111 4237   00   2    -2.59354483E-05   # C10' e+e-
 03051313 4133   00   0     1.18021019E+00   # C9 mu+mu-
 03051313 4133   00   2     1.18059135E+00   # C9 mu+mu-
 03051313 4233   00   2     1.01019329E-06   # C9' mu+mu-
 03051313 4137   00   0    -4.00854629E+00   # C10 mu+mu-
 03051313 4137   00   2    -4.00785662E+00   # C10 mu+mu-
 03051313 4237   00   2    -2.59354415E-05   # C10' mu+mu-
 03051212 4137   00   0     1.50696191E+00   # C11 nu_1 nu_1
 03051212 4137   00   2     1.50680175E+00   # C11 nu_1 nu_1
 03051212 4237   00   2     6.23399492E-06   # C11' nu_1 nu_1
 03051414 4137   00   0     1.50696191E+00   # C11 nu_2 nu_2
 03051414 4137   00   2     1.50680175E+00   # C11 nu_2 nu_2
 03051414 4237   00   2     6.23400243E-06   # C11' nu_2 nu_2
 03051616 4137   00   0     1.50696191E+00   # C11 nu_3 nu_3
 03051616 4137   00   2     1.50680175E+00   # C11 nu_3 nu_3
 03051616 4237   00   2     6.23611829E-06   # C11' nu_3 nu_3
Block IMFWCOEF Q=  1.60000000E+02  # Im(Wilson coefficients) at scale Q
#    id        order  M        value         comment
     0305 4422   00   0     3.86590567E-07   # C7
     0305 4422   00   2     6.29544255E-06   # C7
     0305 4322   00   2     2.79382551E-06   # C7'
     0305 6421   00   0     3.31140024E-07   # C8
     0305 6421   00   2    -1.29986788E-06   # C8
     0305 6321   00   2     1.61528856E-06   # C8'
 03051111 4133   00   2    -1.61021887E-07   # C9 e+e-
 03051111 4233   00   2     7.98608734E-08   # C9' e+e-
 03051111 4137   00   2     7.12619501E-06   # C10 e+e-
 03051111 4237   00   2    -2.06817877E-06   # C10' e+e-
 03051313 4133   00   2    -1.61082293E-07   # C9 mu+mu-
 03051313 4233   00   2     7.98607287E-08   # C9' mu+mu-
 03051313 4137   00   2     7.12624195E-06   # C10 mu+mu-
 03051313 4237   00   2    -2.06817921E-06   # C10' mu+mu-
 03051212 4137   00   2    -1.61064197E-06   # C11 nu_1 nu_1
 03051212 4237   00   2     4.97129283E-07   # C11' nu_1 nu_1
 03051414 4137   00   2    -1.61064190E-06   # C11 nu_2 nu_2
 03051414 4237   00   2     4.97129283E-07   # C11' nu_2 nu_2
 03051616 4137   00   2    -1.61063923E-06   # C11 nu_3 nu_3
 03051616 4237   00   2     4.97129266E-07   # C11' nu_3 nu_3
