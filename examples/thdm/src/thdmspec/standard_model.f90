!> Standard Model inputs, the running strong coupling and the running quark masses.
!!
!! Running: three loops for alpha_s and for the quark masses (hep-ph/0004189),
!! integrated numerically; the couplings are continuous at the flavour thresholds m_c(m_c),
!! m_b(m_b) and M_t. Pole masses: three loops for the top, two for the bottom and one for the
!! charm quark (hep-ph/9912391).
module standard_model
  use constants, only: dp, pi, zeta3
  use slha_input, only: slha_file, input_error
  implicit none
  private
  public :: sm_t, read_sm

  type :: sm_t
    real(dp) :: alpha_mz      !< electromagnetic coupling at M_Z, MSbar
    real(dp) :: gf            !< Fermi constant [GeV^-2]
    real(dp) :: alphas_mz     !< strong coupling at M_Z, MSbar, five flavours
    real(dp) :: mz, mw        !< pole masses [GeV]
    real(dp) :: gamma_z = 2.4955_dp, gamma_w = 2.085_dp    !< widths [GeV], PDG 2024
    real(dp) :: mb_mb, mc_mc, ms_2   !< MSbar masses [GeV]: m_b(m_b), m_c(m_c), m_s(2 GeV)
    real(dp) :: mt            !< top pole mass [GeV]
    real(dp) :: mtau, mmu     !< lepton masses [GeV]
    real(dp) :: v             !< vacuum expectation value (sqrt(2) G_F)^(-1/2) [GeV]
    real(dp) :: sw2           !< on-shell sin^2(theta_W) = 1 - M_W^2 / M_Z^2
    real(dp) :: mb_pole, mc_pole, mt_mt
    real(dp) :: alphas_mc, alphas_mb, alphas_mt
    real(dp) :: alpha_0 = 1.0_dp/137.035999_dp
    !> CKM moduli, PDG 2024; rows u, c, t, columns d, s, b
    real(dp) :: ckm(3, 3) = reshape([0.97435_dp, 0.22486_dp, 0.00857_dp, &
                                     0.22501_dp, 0.97349_dp, 0.04110_dp, &
                                     0.003732_dp, 0.04183_dp, 0.999118_dp], [3, 3])
  contains
    procedure :: alphas
    procedure :: quark_mass
  end type sm_t

contains

  !> SMINPUTS, with PDG 2024 values where the file says nothing. Entry 9 is the W pole mass
  !! (as in FlexibleSUSY), 13 the muon mass, 23 and 24 the strange and charm masses (SLHA2).
  function read_sm(file) result(sm)
    type(slha_file), intent(in) :: file
    type(sm_t) :: sm
    real(dp) :: a

    sm%alpha_mz = 1.0_dp/positive(1, 127.93_dp)
    sm%gf = positive(2, 1.1663788e-5_dp)
    sm%alphas_mz = positive(3, 0.1180_dp)
    sm%mz = positive(4, 91.1880_dp)
    sm%mb_mb = positive(5, 4.183_dp)
    sm%mt = positive(6, 172.57_dp)
    sm%mtau = positive(7, 1.77693_dp)
    sm%mw = positive(9, 80.3692_dp)
    sm%mmu = positive(13, 0.1056583755_dp)
    sm%ms_2 = positive(23, 0.0935_dp)
    sm%mc_mc = positive(24, 1.2730_dp)
    if (sm%mw >= sm%mz) call input_error('SMINPUTS: the W mass must be below the Z mass')
    sm%v = 1.0_dp/sqrt(sqrt(2.0_dp)*sm%gf)
    sm%sw2 = 1.0_dp - (sm%mw/sm%mz)**2

    sm%alphas_mb = evolved_coupling(sm%alphas_mz, 5, sm%mz, sm%mb_mb)
    sm%alphas_mc = evolved_coupling(sm%alphas_mb, 4, sm%mb_mb, sm%mc_mc)
    sm%alphas_mt = evolved_coupling(sm%alphas_mz, 5, sm%mz, sm%mt)
    a = sm%alphas_mb/pi
    sm%mb_pole = sm%mb_mb*(1.0_dp + a*(4.0_dp/3.0_dp + 9.278_dp*a))
    sm%mc_pole = sm%mc_mc*(1.0_dp + 4.0_dp/3.0_dp*sm%alphas_mc/pi)
    a = sm%alphas_mt/pi
    sm%mt_mt = sm%mt/(1.0_dp + a*(4.0_dp/3.0_dp + a*(8.236_dp + 73.64_dp*a)))

  contains

    function positive(index, default) result(value)
      integer, intent(in) :: index
      real(dp), intent(in) :: default
      real(dp) :: value

      value = file%optional('SMINPUTS', index, default)
      if (value <= 0.0_dp) call input_error('SMINPUTS: every entry must be positive')
    end function positive
  end function read_sm

  !> alpha_s at the scale q [GeV].
  pure function alphas(self, q) result(value)
    class(sm_t), intent(in) :: self
    real(dp), intent(in) :: q
    real(dp) :: value

    if (q >= self%mt) then
      value = evolved_coupling(self%alphas_mt, 6, self%mt, q)
    else if (q >= self%mb_mb) then
      value = evolved_coupling(self%alphas_mz, 5, self%mz, q)
    else
      value = evolved_coupling(self%alphas_mb, 4, self%mb_mb, max(q, self%mc_mc))
    end if
  end function alphas

  !> MSbar mass [GeV] of the quark with this PDG number (3, 4, 5, 6) at the scale q [GeV].
  pure function quark_mass(self, pdg, q) result(mass)
    class(sm_t), intent(in) :: self
    integer, intent(in) :: pdg
    real(dp), intent(in) :: q
    real(dp) :: mass
    real(dp) :: edges(4), a, next
    integer :: nf

    edges = [self%mc_mc, self%mb_mb, self%mt, huge(1.0_dp)]
    select case (pdg)
    case (6)
      ! m_t(m_t) to m_t(M_t) at the same order as everything else
      a = self%alphas_mt
      mass = self%mt_mt
      call evolve(a, mass, 6, self%mt_mt, q)
      return
    case (5)
      mass = self%mb_mb
      a = self%alphas_mb
      nf = 5
      next = self%mb_mb
    case (4)
      mass = self%mc_mc
      a = self%alphas_mc
      nf = 4
      next = self%mc_mc
    case default
      mass = self%ms_2
      a = self%alphas(2.0_dp)
      nf = 4
      next = 2.0_dp
    end select
    do
      call evolve(a, mass, nf, next, min(max(q, self%mc_mc), edges(nf - 2)))
      next = edges(nf - 2)
      if (q <= next) return
      nf = nf + 1
    end do
  end function quark_mass

  pure function evolved_coupling(alphas_from, nf, from, to) result(value)
    real(dp), intent(in) :: alphas_from, from, to
    integer, intent(in) :: nf
    real(dp) :: value, unused_mass

    value = alphas_from
    unused_mass = 1.0_dp
    call evolve(value, unused_mass, nf, from, to)
  end function evolved_coupling

  !> Carry coupling and mass from one scale to another with nf flavours (classical Runge-Kutta).
  pure subroutine evolve(coupling, mass, nf, from, to)
    real(dp), intent(inout) :: coupling, mass
    integer, intent(in) :: nf
    real(dp), intent(in) :: from, to
    integer, parameter :: steps = 24
    real(dp) :: y(2), k1(2), k2(2), k3(2), k4(2), h, n, beta(0:2), gamma(0:2)
    integer :: i

    n = real(nf, dp)
    beta = [(11.0_dp - 2.0_dp*n/3.0_dp)/4.0_dp, &
            (102.0_dp - 38.0_dp*n/3.0_dp)/16.0_dp, &
            (2857.0_dp/2.0_dp - 5033.0_dp*n/18.0_dp + 325.0_dp*n**2/54.0_dp)/64.0_dp]
    gamma = [1.0_dp, &
             (202.0_dp/3.0_dp - 20.0_dp*n/9.0_dp)/16.0_dp, &
             (1249.0_dp - (2216.0_dp/27.0_dp + 160.0_dp*zeta3/3.0_dp)*n - 140.0_dp*n**2/81.0_dp) &
             /64.0_dp]
    y = [coupling/pi, log(mass)]
    h = 2.0_dp*log(to/from)/steps
    do i = 1, steps
      k1 = slope(y)
      k2 = slope(y + 0.5_dp*h*k1)
      k3 = slope(y + 0.5_dp*h*k2)
      k4 = slope(y + h*k3)
      y = y + h*(k1 + 2.0_dp*k2 + 2.0_dp*k3 + k4)/6.0_dp
    end do
    coupling = pi*y(1)
    mass = exp(y(2))

  contains

    pure function slope(state) result(derivative)
      real(dp), intent(in) :: state(2)
      real(dp) :: derivative(2), a

      a = state(1)
      derivative(1) = -a**2*(beta(0) + a*(beta(1) + a*beta(2)))
      derivative(2) = -a*(gamma(0) + a*(gamma(1) + a*gamma(2)))
    end function slope
  end subroutine evolve
end module standard_model
