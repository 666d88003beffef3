!> The CP-conserving two-Higgs-doublet model with a softly broken Z2 symmetry, at tree level.
!!
!! Potential and conventions of arXiv:1106.0034 (the same as in 2HDMC, arXiv:0902.0851):
!!   V = m11^2 |F1|^2 + m22^2 |F2|^2 - m12^2 (F1+ F2 + h.c.) + lambda1/2 |F1|^4 + lambda2/2 |F2|^4
!!       + lambda3 |F1|^2 |F2|^2 + lambda4 |F1+ F2|^2 + lambda5/2 [(F1+ F2)^2 + h.c.]
!! with tan(beta) = v2/v1, h = -sin(alpha) rho1 + cos(alpha) rho2,
!! H = cos(alpha) rho1 + sin(alpha) rho2 and -pi/2 <= alpha <= pi/2.
module thdm_model
  use constants, only: dp
  use slha_input, only: slha_file, input_error
  use standard_model, only: sm_t
  implicit none
  private
  public :: thdm_t, read_thdm, solve

  type :: thdm_t
    real(dp) :: lambda(5), m12sq, tanb      !< inputs; m12sq in GeV^2
    integer :: yukawa_type                  !< 1 or 2
    real(dp) :: m2h, m2hh, m2a, m2hp        !< masses squared of h, H, A, H+ [GeV^2]
    real(dp) :: mh, mhh, ma, mhp            !< masses [GeV]
    real(dp) :: beta, alpha, sba, cba       !< angles, sin and cos of (beta - alpha)
    !> couplings of h, H, A to W/Z, up quarks, down quarks and leptons over the Standard Model's;
    !! for A the fermion couplings are those of the gamma_5 term
    real(dp) :: kappa_v(3), kappa_u(3), kappa_d(3), kappa_l(3)
    !> dimensionful coefficients [GeV] in V: g h H+ H-, g H H+ H-, c h A A, c H A A, c H h h
    real(dp) :: g_h_hphm, g_hh_hphm, c_haa, c_hhaa, c_hhhh
  contains
    procedure :: tachyonic
  end type thdm_t

contains

  !> MINPAR and THDMINPUT of the input file. All MINPAR entries are required.
  function read_thdm(file) result(model)
    type(slha_file), intent(in) :: file
    type(thdm_t) :: model
    integer :: i

    do i = 1, 5
      model%lambda(i) = file%required('MINPAR', i)
    end do
    model%m12sq = file%required('MINPAR', 9)
    model%tanb = file%required('MINPAR', 10)
    if (model%tanb <= 0.0_dp) call input_error('MINPAR 10: tan(beta) must be positive')
    model%yukawa_type = nint(file%optional('THDMINPUT', 2, 2.0_dp))
    if (model%yukawa_type /= 1 .and. model%yukawa_type /= 2) then
      call input_error('THDMINPUT 2: the Yukawa type must be 1 or 2')
    end if
  end function read_thdm

  !> Masses squared; for a point without tachyons also masses, mixing and couplings.
  subroutine solve(model, v)
    type(thdm_t), intent(inout) :: model
    real(dp), intent(in) :: v          !< [GeV]
    real(dp) :: cb, sb, m11, m22, m12, half_sum, half_gap, m2_soft

    model%beta = atan(model%tanb)
    cb = cos(model%beta)
    sb = sin(model%beta)
    m2_soft = model%m12sq/(sb*cb)
    associate (l => model%lambda)
      model%m2a = m2_soft - l(5)*v**2
      model%m2hp = m2_soft - 0.5_dp*(l(4) + l(5))*v**2
      m11 = m2_soft*sb**2 + l(1)*(v*cb)**2
      m22 = m2_soft*cb**2 + l(2)*(v*sb)**2
      m12 = -model%m12sq + (l(3) + l(4) + l(5))*v**2*sb*cb
    end associate
    half_sum = 0.5_dp*(m11 + m22)
    half_gap = hypot(0.5_dp*(m11 - m22), m12)
    model%m2hh = half_sum + half_gap
    ! the product form keeps the digits that a difference of large numbers loses
    model%m2h = half_sum - half_gap
    if (half_sum > 0.0_dp) model%m2h = (m11*m22 - m12**2)/model%m2hh
    if (model%tachyonic()) return

    model%mh = sqrt(model%m2h)
    model%mhh = sqrt(model%m2hh)
    model%ma = sqrt(model%m2a)
    model%mhp = sqrt(model%m2hp)
    model%alpha = 0.5_dp*atan2(2.0_dp*m12, m11 - m22)
    model%sba = sin(model%beta - model%alpha)
    model%cba = cos(model%beta - model%alpha)
    call set_couplings(model, v)
  end subroutine solve

  pure function tachyonic(self)
    class(thdm_t), intent(in) :: self
    logical :: tachyonic

    tachyonic = .not. min(self%m2h, self%m2a, self%m2hp) > 0.0_dp
  end function tachyonic

  pure subroutine set_couplings(model, v)
    type(thdm_t), intent(inout) :: model
    real(dp), intent(in) :: v
    real(dp) :: cb, sb, ca, sa, l345, g(2), c(2)

    cb = cos(model%beta)
    sb = sin(model%beta)
    ca = cos(model%alpha)
    sa = sin(model%alpha)
    model%kappa_v = [model%sba, model%cba, 0.0_dp]
    model%kappa_u = [ca/sb, sa/sb, cb/sb]
    if (model%yukawa_type == 2) then
      model%kappa_d = [-sa/cb, ca/cb, sb/cb]
    else
      model%kappa_d = [ca/sb, sa/sb, -cb/sb]
    end if
    model%kappa_l = model%kappa_d

    ! cubic terms of V, first in the basis rho1, rho2
    associate (l => model%lambda)
      l345 = l(3) + l(4) + l(5)
      g = v*[cb*(l(1)*sb**2 + l(3)*cb**2 - (l(4) + l(5))*sb**2), &
             sb*(l(2)*cb**2 + l(3)*sb**2 - (l(4) + l(5))*cb**2)]
      c = 0.5_dp*v*[cb*(l(1)*sb**2 + (l(3) + l(4))*cb**2 - l(5)*(1.0_dp + sb**2)), &
                    sb*(l(2)*cb**2 + (l(3) + l(4))*sb**2 - l(5)*(1.0_dp + cb**2))]
      model%c_hhhh = 0.5_dp*v*(3.0_dp*sa*ca*(l(1)*cb*sa + l(2)*sb*ca) &
                               + l345*(cb*ca*(ca**2 - 2.0_dp*sa**2) &
                                       + sb*sa*(sa**2 - 2.0_dp*ca**2)))
    end associate
    model%g_h_hphm = -sa*g(1) + ca*g(2)
    model%g_hh_hphm = ca*g(1) + sa*g(2)
    model%c_haa = -sa*c(1) + ca*c(2)
    model%c_hhaa = ca*c(1) + sa*c(2)
  end subroutine set_couplings
end module thdm_model
