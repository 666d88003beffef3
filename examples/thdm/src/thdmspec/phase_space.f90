!> Two-body phase space and the off-shell integrals over Breit-Wigner resonances.
!!
!! Every resonance V decays into massless fermions, so its squared propagator times its squared
!! momentum Q^2 is the density M Gamma / pi / ((Q^2 - M^2)^2 + M^2 Gamma^2), as in
!! hep-ph/0503172. With Q^2 = M^2 + M Gamma tan(theta) the density is flat in theta.
module phase_space
  use constants, only: dp, pi
  implicit none
  private
  public :: kallen, pair_threshold, two_vectors, scalar_and_vector

  integer, parameter :: nodes = 20
  real(dp), save :: abscissa(nodes), weight(nodes)
  logical, save :: prepared = .false.

contains

  !> (1 - x - y)^2 - 4 x y for mass ratios squared; 0 below the threshold.
  elemental function kallen(x, y) result(value)
    real(dp), intent(in) :: x, y
    real(dp) :: value

    value = 0.0_dp
    if (sqrt(x) + sqrt(y) < 1.0_dp) value = (1.0_dp - x - y)**2 - 4.0_dp*x*y
  end function kallen

  !> Threshold factor of a fermion pair: beta^3 for a scalar, beta for a pseudoscalar.
  pure function pair_threshold(m, mass, odd) result(factor)
    real(dp), intent(in) :: m, mass
    logical, intent(in) :: odd
    real(dp) :: factor

    factor = sqrt(max(1.0_dp - (2.0_dp*mass/m)**2, 0.0_dp))
    if (.not. odd) factor = factor**3
  end function pair_threshold

  !> Phase space of scalar -> V* V*: the average of sqrt(k) (k + 12 Q1^2 Q2^2 / M^4) over both
  !! resonances, k being the Kallen function.
  function two_vectors(m, mv, gamma) result(value)
    real(dp), intent(in) :: m, mv, gamma      !< [GeV]
    real(dp) :: value
    real(dp) :: edges(5), outer(nodes), width(nodes)
    integer :: panel, i

    ! Q2 < Q1 and twice the result; the integrand has kinks at the inner edges
    edges = sorted([0.0_dp, min(abs(m - mv), m), min(mv, m), 0.5_dp*m, m])
    value = 0.0_dp
    do panel = 1, 4
      call panel_nodes(edges(panel), edges(panel + 1), mv, gamma, outer, width)
      do i = 1, nodes
        value = value + 2.0_dp*width(i)*inner(outer(i))
      end do
    end do

  contains

    function inner(q1_squared) result(total)
      real(dp), intent(in) :: q1_squared
      real(dp) :: total, q1, q2_squared(nodes), w(nodes), x, k
      integer :: j

      q1 = sqrt(q1_squared)
      call panel_nodes(0.0_dp, min(q1, max(m - q1, 0.0_dp)), mv, gamma, q2_squared, w)
      total = 0.0_dp
      do j = 1, nodes
        x = q1_squared*q2_squared(j)/m**4
        k = kallen(q1_squared/m**2, q2_squared(j)/m**2)
        total = total + w(j)*sqrt(k)*(k + 12.0_dp*x)
      end do
    end function inner
  end function two_vectors

  !> Phase space of scalar 1 -> scalar 2 + V*: the average of k^(3/2) over the resonance.
  function scalar_and_vector(m1, m2, mv, gamma) result(value)
    real(dp), intent(in) :: m1, m2, mv, gamma     !< [GeV]
    real(dp) :: value
    real(dp) :: edges(3), q_squared(nodes), width(nodes)
    integer :: panel

    value = 0.0_dp
    if (m1 <= m2) return
    edges = [0.0_dp, min(mv, m1 - m2), m1 - m2]
    do panel = 1, 2
      call panel_nodes(edges(panel), edges(panel + 1), mv, gamma, q_squared, width)
      value = value + sum(width*kallen((m2/m1)**2, q_squared/m1**2)**1.5_dp)
    end do
  end function scalar_and_vector

  !> Gauss-Legendre nodes Q^2 and weights (density included) for low <= Q <= high.
  subroutine panel_nodes(low, high, mv, gamma, q_squared, w)
    real(dp), intent(in) :: low, high, mv, gamma
    real(dp), intent(out) :: q_squared(nodes), w(nodes)
    real(dp) :: from, to

    if (.not. prepared) call prepare
    from = atan((low**2 - mv**2)/(mv*gamma))
    to = atan((high**2 - mv**2)/(mv*gamma))
    q_squared = max(mv**2 + mv*gamma*tan(0.5_dp*(from + to) + 0.5_dp*(to - from)*abscissa), 0.0_dp)
    w = 0.5_dp*(to - from)*weight/pi
  end subroutine panel_nodes

  !> Gauss-Legendre abscissae and weights by Newton's method on the Legendre polynomial.
  subroutine prepare
    real(dp) :: x, p, previous, older, slope
    integer :: i, j, step

    do i = 1, nodes
      x = cos(pi*(i - 0.25_dp)/(nodes + 0.5_dp))
      do step = 1, 8
        p = 1.0_dp
        previous = 0.0_dp
        do j = 1, nodes
          older = previous
          previous = p
          p = ((2*j - 1)*x*previous - (j - 1)*older)/j
        end do
        slope = nodes*(x*p - previous)/(x**2 - 1.0_dp)
        x = x - p/slope
      end do
      abscissa(i) = x
      weight(i) = 2.0_dp/((1.0_dp - x**2)*slope**2)
    end do
    prepared = .true.
  end subroutine prepare

  pure function sorted(values) result(ordered)
    real(dp), intent(in) :: values(:)
    real(dp) :: ordered(size(values)), next
    integer :: i, j

    ordered = values
    do i = 2, size(values)
      next = ordered(i)
      j = i - 1
      do while (j >= 1)
        if (ordered(j) <= next) exit
        ordered(j + 1) = ordered(j)
        j = j - 1
      end do
      ordered(j + 1) = next
    end do
  end function sorted
end module phase_space
