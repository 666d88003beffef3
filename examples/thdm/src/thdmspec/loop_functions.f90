!> Amplitudes of the loop-induced Higgs decays, hep-ph/0503172 and hep-ph/0503173.
!!
!! tau = M_Higgs^2 / (4 m^2); the Z gamma functions take i_tau = 4 m^2 / M_Higgs^2 and
!! i_lambda = 4 m^2 / M_Z^2, as in the papers.
module loop_functions
  use constants, only: dp, pi
  implicit none
  private
  public :: fermion_even, fermion_odd, vector, scalar, z_gamma_i1, z_gamma_i2

contains

  !> Spin 1/2, CP-even Higgs boson; 4/3 for a heavy fermion.
  elemental function fermion_even(tau) result(amplitude)
    real(dp), intent(in) :: tau
    complex(dp) :: amplitude

    amplitude = 2.0_dp*(tau + (tau - 1.0_dp)*f(tau))/tau**2
  end function fermion_even

  !> Spin 1/2, CP-odd Higgs boson; 2 for a heavy fermion.
  elemental function fermion_odd(tau) result(amplitude)
    real(dp), intent(in) :: tau
    complex(dp) :: amplitude

    amplitude = 2.0_dp*f(tau)/tau
  end function fermion_odd

  !> Spin 1; -7 for a heavy boson.
  elemental function vector(tau) result(amplitude)
    real(dp), intent(in) :: tau
    complex(dp) :: amplitude

    amplitude = -(2.0_dp*tau**2 + 3.0_dp*tau + 3.0_dp*(2.0_dp*tau - 1.0_dp)*f(tau))/tau**2
  end function vector

  !> Spin 0; 1/3 for a heavy scalar.
  elemental function scalar(tau) result(amplitude)
    real(dp), intent(in) :: tau
    complex(dp) :: amplitude

    if (tau < 1.0e-3_dp) then
      amplitude = 1.0_dp/3.0_dp + 8.0_dp/45.0_dp*tau
    else
      amplitude = -(tau - f(tau))/tau**2
    end if
  end function scalar

  elemental function z_gamma_i1(i_tau, i_lambda) result(value)
    real(dp), intent(in) :: i_tau, i_lambda
    complex(dp) :: value
    real(dp) :: t, l, d

    t = i_tau
    l = i_lambda
    d = t - l
    value = t*l/(2.0_dp*d) + (t*l/d)**2/2.0_dp*(f(1.0_dp/t) - f(1.0_dp/l)) &
            + t**2*l/d**2*(g(1.0_dp/t) - g(1.0_dp/l))
  end function z_gamma_i1

  elemental function z_gamma_i2(i_tau, i_lambda) result(value)
    real(dp), intent(in) :: i_tau, i_lambda
    complex(dp) :: value

    value = -i_tau*i_lambda/(2.0_dp*(i_tau - i_lambda))*(f(1.0_dp/i_tau) - f(1.0_dp/i_lambda))
  end function z_gamma_i2

  elemental function f(tau) result(value)
    real(dp), intent(in) :: tau
    complex(dp) :: value
    real(dp) :: root

    if (tau <= 1.0_dp) then
      value = asin(sqrt(tau))**2
    else
      root = sqrt(1.0_dp - 1.0_dp/tau)
      value = -0.25_dp*cmplx(log((1.0_dp + root)/(1.0_dp - root)), -pi, dp)**2
    end if
  end function f

  elemental function g(tau) result(value)
    real(dp), intent(in) :: tau
    complex(dp) :: value
    real(dp) :: root

    if (tau <= 1.0_dp) then
      value = sqrt(1.0_dp/tau - 1.0_dp)*asin(sqrt(tau))
    else
      root = sqrt(1.0_dp - 1.0_dp/tau)
      value = 0.5_dp*root*cmplx(log((1.0_dp + root)/(1.0_dp - root)), -pi, dp)
    end if
  end function g
end module loop_functions
