!> Partial widths [GeV] of Higgs bosons into quarks, hep-ph/0503172 and hep-ph/0503173.
!!
!! Running Yukawa couplings and massless QCD corrections to order alpha_s^3. Pairs of top quarks
!! go from the massive order-alpha_s result at threshold to that one at high mass, as in HDECAY
!! (hep-ph/9704448).
module quark_widths
  use constants, only: dp, pi
  use higgs_couplings, only: couplings_t
  use phase_space, only: kallen, pair_threshold
  use standard_model, only: sm_t
  implicit none
  private
  public :: to_quarks, charged_to_quarks

contains

  pure function to_quarks(sm, m, k, pdg) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    integer, intent(in) :: pdg
    real(dp) :: width, share

    if (pdg /= 6) then
      width = to_light_quarks(sm, m, k, pdg)
    else if (m <= 2.0_dp*sm%mt) then
      width = 0.0_dp
    else
      share = (2.0_dp*sm%mt/m)**2
      width = share*to_tops_near_threshold(sm, m, k) &
              + (1.0_dp - share)*yukawa_width(sm, m, k%u*sm%quark_mass(6, m)) &
              *pair_threshold(m, sm%quark_mass(6, m), k%odd)*massless_qcd(sm, m)
    end if
  end function to_quarks

  !> The threshold takes the pole mass (MSbar at 2 GeV for strange quarks).
  pure function to_light_quarks(sm, m, k, pdg) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    integer, intent(in) :: pdg
    real(dp) :: width
    real(dp) :: kappa, running, logt, logq, top_loop

    kappa = merge(k%u, k%d, mod(pdg, 2) == 0)
    running = sm%quark_mass(pdg, m)
    ! a top-quark triangle that ends in the light quark pair
    top_loop = 0.0_dp
    if (kappa /= 0.0_dp) then
      logt = 2.0_dp*log(m/sm%mt)
      logq = 2.0_dp*log(running/m)
      if (k%odd) then
        top_loop = 3.83_dp - logt + logq**2/6.0_dp
      else
        top_loop = 1.57_dp - 2.0_dp/3.0_dp*logt + logq**2/9.0_dp
      end if
      top_loop = top_loop*k%u/kappa*(sm%alphas(m)/pi)**2
    end if
    width = yukawa_width(sm, m, kappa*running)*pair_threshold(m, pole_mass(sm, pdg), k%odd) &
            *(massless_qcd(sm, m) + top_loop)
  end function to_light_quarks

  !> Pole mass and the full mass dependence at order alpha_s, hep-ph/0503172 and
  !! hep-ph/0503173.
  pure function to_tops_near_threshold(sm, m, k) result(width)
    type(sm_t), intent(in) :: sm
    type(couplings_t), intent(in) :: k
    real(dp), intent(in) :: m
    real(dp) :: width
    real(dp) :: b, x, l, a, delta

    b = sqrt(1.0_dp - (2.0_dp*sm%mt/m)**2)
    x = (1.0_dp - b)/(1.0_dp + b)
    l = -log(x)
    a = (1.0_dp + b**2)*(4.0_dp*dilogarithm(x) + 2.0_dp*dilogarithm(-x) &
                         - 3.0_dp*l*log(2.0_dp/(1.0_dp + b)) - 2.0_dp*l*log(b)) &
        - 3.0_dp*b*log(4.0_dp/(1.0_dp - b**2)) - 4.0_dp*b*log(b)
    if (k%odd) then
      delta = a/b + (19.0_dp + 2.0_dp*b**2 + 3.0_dp*b**4)/(16.0_dp*b)*l &
              + 0.375_dp*(7.0_dp - b**2)
    else
      delta = a/b + (3.0_dp + 34.0_dp*b**2 - 13.0_dp*b**4)/(16.0_dp*b**3)*l &
              + 0.375_dp*(7.0_dp*b**2 - 1.0_dp)/b**2
    end if
    width = yukawa_width(sm, m, k%u*sm%mt)*pair_threshold(m, sm%mt, k%odd) &
            *(1.0_dp + 4.0_dp/3.0_dp*sm%alphas(m)/pi*delta)
  end function to_tops_near_threshold

  !> H+ -> up antidown; kappa_u and kappa_d are the couplings of A to up and down quarks.
  pure function charged_to_quarks(sm, m, kappa_u, kappa_d, up, down) result(width)
    type(sm_t), intent(in) :: sm
    real(dp), intent(in) :: m, kappa_u, kappa_d
    integer, intent(in) :: up, down
    real(dp) :: width
    real(dp) :: xu, xd, yu, yd

    xu = (pole_mass(sm, up)/m)**2
    xd = (pole_mass(sm, down)/m)**2
    yu = kappa_u*sm%quark_mass(up, m)
    yd = kappa_d*sm%quark_mass(down, m)
    width = 3.0_dp*sm%gf*m*sm%ckm(up/2, (down + 1)/2)**2/(4.0_dp*sqrt(2.0_dp)*pi) &
            *sqrt(kallen(xu, xd))*((1.0_dp - xu - xd)*(yu**2 + yd**2) &
                                   - 4.0_dp*sqrt(xu*xd)*yu*yd)*massless_qcd(sm, m)
  end function charged_to_quarks

  !> Colour, coupling and flux for a pair of quarks with the Yukawa coupling mass / v.
  pure function yukawa_width(sm, m, mass) result(width)
    type(sm_t), intent(in) :: sm
    real(dp), intent(in) :: m, mass
    real(dp) :: width

    width = 3.0_dp*sm%gf*m*mass**2/(4.0_dp*sqrt(2.0_dp)*pi)
  end function yukawa_width

  pure function massless_qcd(sm, m) result(factor)
    type(sm_t), intent(in) :: sm
    real(dp), intent(in) :: m
    real(dp) :: factor, a, nf

    a = sm%alphas(m)/pi
    nf = merge(6.0_dp, 5.0_dp, m > sm%mt)
    factor = 1.0_dp + a*(5.67_dp + a*(35.94_dp - 1.36_dp*nf &
                                      + a*(164.14_dp - nf*(25.77_dp - 0.26_dp*nf))))
  end function massless_qcd

  pure function pole_mass(sm, pdg) result(mass)
    type(sm_t), intent(in) :: sm
    integer, intent(in) :: pdg
    real(dp) :: mass

    select case (pdg)
    case (6)
      mass = sm%mt
    case (5)
      mass = sm%mb_pole
    case (4)
      mass = sm%mc_pole
    case default
      mass = sm%ms_2
    end select
  end function pole_mass

  !> Li_2(x) for -1 <= x <= 1, by the series in Bernoulli numbers.
  elemental function dilogarithm(x) result(value)
    real(dp), intent(in) :: x
    real(dp) :: value

    if (x > 0.5_dp .and. x < 1.0_dp) then
      value = pi**2/6.0_dp - log(x)*log(1.0_dp - x) - series(-log(x))
    else if (x >= 1.0_dp) then
      value = pi**2/6.0_dp
    else
      value = series(-log(1.0_dp - x))
    end if
  end function dilogarithm

  elemental function series(u) result(value)
    real(dp), intent(in) :: u
    real(dp) :: value, u2

    u2 = u**2
    value = u*(1.0_dp - u/4.0_dp + u2*(1.0_dp/36.0_dp - u2*(1.0_dp/3600.0_dp &
            - u2*(1.0_dp/211680.0_dp - u2*(1.0_dp/10886400.0_dp - u2/526901760.0_dp)))))
  end function series
end module quark_widths
