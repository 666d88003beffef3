!> Oblique parameters S, T, U of the two-Higgs-doublet model, relative to the Standard Model.
!!
!! One loop, arXiv:0711.4022 and arXiv:0802.4353 (their functions F, G and G-hat).
module oblique
  use constants, only: dp, pi
  use standard_model, only: sm_t
  use thdm_model, only: thdm_t
  implicit none
  private
  public :: stu

contains

  !> [S, T, U] with a Standard Model Higgs boson of mass mh_ref [GeV] subtracted.
  pure function stu(model, sm, mh_ref) result(values)
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    real(dp), intent(in) :: mh_ref
    real(dp) :: values(3)
    real(dp) :: w, z, r, s2, c2, charged, s, t, u, scale

    w = sm%mw**2
    z = sm%mz**2
    r = mh_ref**2
    s2 = model%sba**2
    c2 = model%cba**2
    associate (h => model%m2h, hh => model%m2hh, a => model%m2a, p => model%m2hp)
      charged = (2.0_dp*sm%sw2 - 1.0_dp)**2*g(p, p, z)
      t = f(p, a) + s2*(f(p, hh) - f(a, hh)) + c2*(f(p, h) - f(a, h)) &
          + 3.0_dp*(s2*(f(z, h) - f(w, h)) + c2*(f(z, hh) - f(w, hh)) - f(z, r) + f(w, r))
      s = charged + c2*g(a, h, z) + s2*g(a, hh, z) + log(a*h/p**2) + log(hh/r) &
          + s2*g_hat(h, z) + c2*g_hat(hh, z) - g_hat(r, z)
      u = g(p, a, w) + c2*g(p, h, w) + s2*g(p, hh, w) &
          - charged - c2*g(a, h, z) - s2*g(a, hh, z) &
          + s2*(g_hat(h, w) - g_hat(h, z)) + c2*(g_hat(hh, w) - g_hat(hh, z)) &
          - g_hat(r, w) + g_hat(r, z)
    end associate
    ! g^2 = 4 M_W^2 / v^2 turns the prefactors of the papers into these
    scale = sm%sw2*w/(24.0_dp*pi**2*sm%v**2*sm%alpha_mz)
    values = [scale*s, t/(16.0_dp*pi**2*sm%v**2*sm%alpha_mz), scale*u]
  end function stu

  !> ln(x/y)/(x - y), also for x close to y.
  pure function log_ratio(x, y) result(value)
    real(dp), intent(in) :: x, y
    real(dp) :: value, d

    d = (x - y)/(x + y)
    if (abs(d) < 1.0e-3_dp) then
      value = 2.0_dp*(1.0_dp + d**2*(1.0_dp/3.0_dp + d**2/5.0_dp))/(x + y)
    else
      value = log(x/y)/(x - y)
    end if
  end function log_ratio

  pure function f(x, y) result(value)
    real(dp), intent(in) :: x, y
    real(dp) :: value

    value = 0.5_dp*(x + y) - x*y*log_ratio(x, y)
  end function f

  pure function g(x, y, q) result(value)
    real(dp), intent(in) :: x, y, q
    real(dp) :: value, d, t, r

    d = x - y
    t = x + y - q
    r = q**2 - 2.0_dp*q*(x + y) + d**2
    value = -16.0_dp/3.0_dp + 5.0_dp*(x + y)/q - 2.0_dp*(d/q)**2 &
            + 3.0_dp/q*(x**2 + y**2 - (x + y)*d**2/q + d**4/(3.0_dp*q**2))*log_ratio(x, y) &
            + r/q**3*f_disc(t, r)
  end function g

  pure function g_hat(x, q) result(value)
    real(dp), intent(in) :: x, q
    real(dp) :: value, y

    y = x/q
    value = -79.0_dp/3.0_dp + 9.0_dp*y - 2.0_dp*y**2 &
            + (-10.0_dp + 18.0_dp*y - 6.0_dp*y**2 + y**3)*log(y) &
            - 9.0_dp*(x + q)*log_ratio(x, q) &
            + (12.0_dp - 4.0_dp*y + y**2)/q*f_disc(x, x**2 - 4.0_dp*x*q)
  end function g_hat

  pure function f_disc(t, r) result(value)
    real(dp), intent(in) :: t, r
    real(dp) :: value, root

    root = sqrt(abs(r))
    if (r > 0.0_dp) then
      value = root*log(abs((t - root)/(t + root)))
    else if (r < 0.0_dp) then
      value = 2.0_dp*root*atan(root/t)
    else
      value = 0.0_dp
    end if
  end function f_disc
end module oblique
