!> Partial widths [GeV] of Higgs bosons into leptons, gauge bosons and scalars, hep-ph/0503172 and
!! hep-ph/0503173.
!!
!! No electroweak corrections beyond the use of G_F. Gluons to next-to-next-to-leading order of QCD
!! in the heavy-top limit (hep-ph/9705240, hep-ph/9807241), photons at leading order.
module partial_widths
  use constants, only: dp, pi
  use loop_functions, only: fermion_even, fermion_odd, vector, scalar, z_gamma_i1, z_gamma_i2
  use higgs_couplings, only: couplings_t
  use phase_space, only: kallen, pair_threshold, two_vectors, scalar_and_vector
  use standard_model, only: sm_t
  implicit none
  private
  public :: to_leptons, to_vectors, to_gluons, to_photons, to_z_photon
  public :: to_scalar_vector, to_scalars, charged_to_leptons
  public :: gluon_amplitude, photon_amplitude, z_photon_amplitude

contains

  pure function to_leptons(sm, m, k, mass) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m, mass
    real(dp) :: width

    width = sm%gf*m/(4.0_dp*sqrt(2.0_dp)*pi)*(k%l*mass)**2*pair_threshold(m, mass, k%odd)
  end function to_leptons

  !> W+ W- (pdg = 24) or Z Z (23), both off their mass shell.
  function to_vectors(sm, m, k, pdg) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    integer, intent(in) :: pdg
    real(dp) :: width

    width = k%v**2*sm%gf*m**3/(16.0_dp*sqrt(2.0_dp)*pi)
    if (pdg == 24) then
      width = 2.0_dp*width*two_vectors(m, sm%mw, sm%gamma_w)
    else
      width = width*two_vectors(m, sm%mz, sm%gamma_z)
    end if
  end function to_vectors

  pure function to_gluons(sm, m, k) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    real(dp) :: width
    real(dp) :: a, logt, factor

    a = sm%alphas(m)/pi
    logt = 2.0_dp*log(m/sm%mt)
    if (k%odd) then
      factor = 1.0_dp + a*(18.42_dp + a*(171.544_dp + 5.0_dp*logt))
    else
      factor = 1.0_dp + a*(17.92_dp + a*(156.808_dp + 5.708_dp*logt))
    end if
    width = sm%gf*a**2*m**3/(36.0_dp*sqrt(2.0_dp)*pi)*abs(gluon_amplitude(sm, m, k))**2*factor
  end function to_gluons

  pure function to_photons(sm, m, k) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    real(dp) :: width

    width = sm%gf*sm%alpha_0**2*m**3/(128.0_dp*sqrt(2.0_dp)*pi**3) &
            *abs(photon_amplitude(sm, m, k))**2
  end function to_photons

  pure function to_z_photon(sm, m, k) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    real(dp) :: width

    width = 0.0_dp
    if (m <= sm%mz) return
    width = (sm%gf*sm%mw)**2*sm%alpha_0*m**3/(64.0_dp*pi**4)*(1.0_dp - (sm%mz/m)**2)**3 &
            *abs(z_photon_amplitude(sm, m, k))**2
  end function to_z_photon

  !> Scalar 1 -> scalar 2 + W or Z; the vertex is coupling * (g/2) or coupling * g/(2 cos theta_W).
  function to_scalar_vector(sm, m1, m2, coupling, pdg) result(width)
    type(sm_t), intent(in) :: sm
    real(dp), intent(in) :: m1, m2, coupling
    integer, intent(in) :: pdg
    real(dp) :: width

    width = sqrt(2.0_dp)*sm%gf*coupling**2*m1**3/(16.0_dp*pi)
    if (pdg == 24) then
      width = width*scalar_and_vector(m1, m2, sm%mw, sm%gamma_w)
    else
      width = width*scalar_and_vector(m1, m2, sm%mz, sm%gamma_z)
    end if
  end function to_scalar_vector

  !> Two scalars of mass m2; vertex [GeV] with all symmetry factors, `identical` for phi phi.
  pure function to_scalars(m1, m2, vertex, identical) result(width)
    real(dp), intent(in) :: m1, m2, vertex
    logical, intent(in) :: identical
    real(dp) :: width

    width = vertex**2/(16.0_dp*pi*m1)*sqrt(kallen((m2/m1)**2, (m2/m1)**2))
    if (identical) width = 0.5_dp*width
  end function to_scalars

  pure function charged_to_leptons(sm, m, kappa, mass) result(width)
    type(sm_t), intent(in) :: sm
    real(dp), intent(in) :: m, kappa, mass
    real(dp) :: width

    width = 0.0_dp
    if (m > mass) width = sm%gf*m/(4.0_dp*sqrt(2.0_dp)*pi)*(kappa*mass*(1.0_dp - (mass/m)**2))**2
  end function charged_to_leptons

  !> 3/4 sum of the quark loops; 1 for one heavy quark.
  pure function gluon_amplitude(sm, m, k) result(amplitude)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    complex(dp) :: amplitude
    real(dp) :: tau(3)

    tau = (m/(2.0_dp*[sm%mt, sm%mb_pole, sm%mc_pole]))**2
    amplitude = 0.75_dp*sum([k%u, k%d, k%u]*fermion_loop(tau, k%odd))
  end function gluon_amplitude

  pure function photon_amplitude(sm, m, k) result(amplitude)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    complex(dp) :: amplitude
    real(dp) :: tau(4)

    tau = (m/(2.0_dp*[sm%mt, sm%mb_pole, sm%mc_pole, sm%mtau]))**2
    amplitude = sum([4.0_dp*k%u, k%d, 4.0_dp*k%u, 3.0_dp*k%l]/3.0_dp*fermion_loop(tau, k%odd))
    if (k%odd) return
    amplitude = amplitude + k%v*vector((m/(2.0_dp*sm%mw))**2) &
                + k%charged*scalar((m/(2.0_dp*k%m_charged))**2)
  end function photon_amplitude

  !> The charged scalar couples to Z with (g / cos theta_W) (1/2 - sin^2 theta_W).
  pure function z_photon_amplitude(sm, m, k) result(amplitude)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    complex(dp) :: amplitude
    real(dp) :: cw, t2, strength(3), t(5), l(5), mass

    cw = sqrt(1.0_dp - sm%sw2)
    t2 = sm%sw2/(1.0_dp - sm%sw2)
    ! the amplitude is smooth at m = M_Z, but its form is 0/0 there
    mass = m
    if (abs(m/sm%mz - 1.0_dp) < 1.0e-5_dp) mass = sm%mz*(1.0_dp + 1.0e-5_dp)
    t = (2.0_dp*[sm%mt, sm%mb_pole, sm%mtau, sm%mw, k%m_charged]/mass)**2
    l = (2.0_dp*[sm%mt, sm%mb_pole, sm%mtau, sm%mw, k%m_charged]/sm%mz)**2
    strength = [2.0_dp*k%u*(1.0_dp - 8.0_dp/3.0_dp*sm%sw2), &
                k%d*(1.0_dp - 4.0_dp/3.0_dp*sm%sw2), k%l*(1.0_dp - 4.0_dp*sm%sw2)]/cw
    if (k%odd) then
      amplitude = sum(strength*z_gamma_i2(t(:3), l(:3)))
      return
    end if
    amplitude = sum(strength*(z_gamma_i1(t(:3), l(:3)) - z_gamma_i2(t(:3), l(:3)))) &
                + k%v*cw*(4.0_dp*(3.0_dp - t2)*z_gamma_i2(t(4), l(4)) &
                          + ((1.0_dp + 2.0_dp/t(4))*t2 - 5.0_dp - 2.0_dp/t(4)) &
                          *z_gamma_i1(t(4), l(4))) &
                - k%charged*(1.0_dp - 2.0_dp*sm%sw2)/cw*z_gamma_i1(t(5), l(5))
  end function z_photon_amplitude

  elemental function fermion_loop(tau, odd) result(amplitude)
    real(dp), intent(in) :: tau
    logical, intent(in) :: odd
    complex(dp) :: amplitude

    if (odd) then
      amplitude = fermion_odd(tau)
    else
      amplitude = fermion_even(tau)
    end if
  end function fermion_loop
end module partial_widths
