!> Perturbative unitarity and vacuum stability of the scalar potential.
module theory_limits
  use constants, only: dp
  use thdm_model, only: thdm_t
  implicit none
  private
  public :: largest_eigenvalue, stability_margin, vacuum_discriminant

contains

  !> Largest |a_i| of the tree-level scattering matrix of scalars and longitudinal bosons at high
  !! energy, hep-ph/0006035 and arXiv:1106.0034. In this normalisation the partial
  !! wave is a_0 = a_i / (16 pi).
  pure function largest_eigenvalue(lambda) result(largest)
    real(dp), intent(in) :: lambda(5)
    real(dp) :: largest
    real(dp) :: total, gap, root(3)

    total = lambda(1) + lambda(2)
    gap = lambda(1) - lambda(2)
    root = [hypot(1.5_dp*gap, 2.0_dp*lambda(3) + lambda(4)), &
            hypot(0.5_dp*gap, lambda(4)), hypot(0.5_dp*gap, lambda(5))]
    largest = maxval(abs([1.5_dp*total + root(1), 1.5_dp*total - root(1), &
                          0.5_dp*total + root(2), 0.5_dp*total - root(2), &
                          0.5_dp*total + root(3), 0.5_dp*total - root(3), &
                          lambda(3) + 2.0_dp*lambda(4) + 3.0_dp*lambda(5), &
                          lambda(3) + 2.0_dp*lambda(4) - 3.0_dp*lambda(5), &
                          lambda(3) + lambda(4), lambda(3) - lambda(4), &
                          lambda(3) + lambda(5), lambda(3) - lambda(5)]))
  end function largest_eigenvalue

  !> Smallest of the four quantities that must be positive for a potential bounded from below
  !! (Deshpande and Ma, Phys. Rev. D 18 (1978) 2574). Negative: unbounded.
  pure function stability_margin(lambda) result(margin)
    real(dp), intent(in) :: lambda(5)
    real(dp) :: margin, root

    root = sqrt(max(lambda(1), 0.0_dp)*max(lambda(2), 0.0_dp))
    margin = min(lambda(1), lambda(2), lambda(3) + root, &
                 lambda(3) + lambda(4) - abs(lambda(5)) + root)
  end function stability_margin

  !> The discriminant of arXiv:1303.5098 times lambda2^(3/4) / v^4, which is finite for every
  !! lambda: positive if our vacuum is the global minimum of a potential that is bounded from below.
  pure function vacuum_discriminant(model, v) result(discriminant)
    type(thdm_t), intent(in) :: model
    real(dp), intent(in) :: v
    real(dp) :: discriminant
    real(dp) :: m11sq, m22sq, l345, cb2, sb2, root(2)

    cb2 = cos(model%beta)**2
    sb2 = sin(model%beta)**2
    associate (l => model%lambda)
      l345 = l(3) + l(4) + l(5)
      m11sq = model%m12sq*model%tanb - 0.5_dp*v**2*(l(1)*cb2 + l345*sb2)
      m22sq = model%m12sq/model%tanb - 0.5_dp*v**2*(l(2)*sb2 + l345*cb2)
      root = sqrt(max(l(:2), 0.0_dp))
    end associate
    discriminant = model%m12sq*(root(2)*m11sq - root(1)*m22sq) &
                   *(sqrt(root(2))*model%tanb - sqrt(root(1)))/v**4
  end function vacuum_discriminant
end module theory_limits
