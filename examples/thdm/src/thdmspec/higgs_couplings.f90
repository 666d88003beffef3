!> Couplings of one neutral Higgs boson.
module higgs_couplings
  use constants, only: dp
  use thdm_model, only: thdm_t
  implicit none
  private
  public :: couplings_t, neutral_couplings

  integer, parameter, public :: neutral_pdg(3) = [25, 35, 36]    !< h, H, A

  !> Over the Standard Model's; the default is the Standard Model. `charged` is g v / (2 m_H+^2),
  !! with g [GeV] the coefficient of phi H+ H- in V.
  type :: couplings_t
    logical :: odd = .false.
    real(dp) :: u = 1.0_dp, d = 1.0_dp, l = 1.0_dp, v = 1.0_dp
    real(dp) :: charged = 0.0_dp, m_charged = 1.0_dp
  end type couplings_t

contains

  !> Couplings of h, H, A for i = 1, 2, 3.
  pure function neutral_couplings(model, v, i) result(k)
    type(thdm_t), intent(in) :: model
    real(dp), intent(in) :: v
    integer, intent(in) :: i
    type(couplings_t) :: k
    real(dp) :: g(3)

    g = [model%g_h_hphm, model%g_hh_hphm, 0.0_dp]
    k = couplings_t(i == 3, model%kappa_u(i), model%kappa_d(i), model%kappa_l(i), &
                    model%kappa_v(i), g(i)*v/(2.0_dp*model%m2hp), model%mhp)
  end function neutral_couplings
end module higgs_couplings
