!> All two-body decay channels of h, H, A and H+.
module decay_tables
  use constants, only: dp
  use higgs_couplings, only: couplings_t, neutral_couplings, neutral_pdg
  use partial_widths, only: to_leptons, to_vectors, to_gluons, to_photons, to_z_photon, &
    to_scalar_vector, to_scalars, charged_to_leptons
  use quark_widths, only: to_quarks, charged_to_quarks
  use standard_model, only: sm_t
  use thdm_model, only: thdm_t
  implicit none
  private
  public :: decay_t, neutral_decays, charged_decays

  type :: channel_t
    integer :: daughters(2)
    real(dp) :: width
  end type channel_t

  type :: decay_t
    integer :: parent
    real(dp) :: width = 0.0_dp      !< total width [GeV]
    type(channel_t), allocatable :: channels(:)
  contains
    procedure, private :: add
  end type decay_t

contains

  !> Decays of h (i = 1), H (2) or A (3).
  function neutral_decays(model, sm, i) result(table)
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    integer, intent(in) :: i
    type(decay_t) :: table
    type(couplings_t) :: k
    real(dp) :: masses(3), m
    integer :: pdg

    masses = [model%mh, model%mhh, model%ma]
    m = masses(i)
    k = neutral_couplings(model, sm%v, i)
    table%parent = neutral_pdg(i)
    allocate (table%channels(0))
    do pdg = 3, 6
      call table%add([pdg, -pdg], to_quarks(sm, m, k, pdg))
    end do
    call table%add([13, -13], to_leptons(sm, m, k, sm%mmu))
    call table%add([15, -15], to_leptons(sm, m, k, sm%mtau))
    call table%add([21, 21], to_gluons(sm, m, k))
    call table%add([22, 22], to_photons(sm, m, k))
    call table%add([23, 22], to_z_photon(sm, m, k))
    if (i < 3) then
      call table%add([24, -24], to_vectors(sm, m, k, 24))
      call table%add([23, 23], to_vectors(sm, m, k, 23))
    end if
    call add_higgs_channels(table, model, sm, i, m)
  end function neutral_decays

  !> Channels with one or two Higgs bosons; their couplings to W and Z are those of hep-ph/0503173.
  subroutine add_higgs_channels(table, model, sm, i, m)
    type(decay_t), intent(inout) :: table
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    integer, intent(in) :: i
    real(dp), intent(in) :: m
    real(dp) :: to_charged(3), width

    to_charged = [model%cba, model%sba, 1.0_dp]
    width = to_scalar_vector(sm, m, model%mhp, to_charged(i), 24)
    call table%add([37, -24], width)
    call table%add([-37, 24], width)
    select case (i)
    case (1)
      call table%add([36, 23], to_scalar_vector(sm, m, model%ma, model%cba, 23))
      call table%add([36, 36], to_scalars(m, model%ma, 2.0_dp*model%c_haa, .true.))
      call table%add([37, -37], to_scalars(m, model%mhp, model%g_h_hphm, .false.))
    case (2)
      call table%add([36, 23], to_scalar_vector(sm, m, model%ma, model%sba, 23))
      call table%add([25, 25], to_scalars(m, model%mh, 2.0_dp*model%c_hhhh, .true.))
      call table%add([36, 36], to_scalars(m, model%ma, 2.0_dp*model%c_hhaa, .true.))
      call table%add([37, -37], to_scalars(m, model%mhp, model%g_hh_hphm, .false.))
    case (3)
      call table%add([25, 23], to_scalar_vector(sm, m, model%mh, model%cba, 23))
      call table%add([35, 23], to_scalar_vector(sm, m, model%mhh, model%sba, 23))
    end select
  end subroutine add_higgs_channels

  function charged_decays(model, sm) result(table)
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    type(decay_t) :: table
    integer :: up, down

    table%parent = 37
    allocate (table%channels(0))
    associate (m => model%mhp, k => [model%kappa_u(3), model%kappa_d(3), model%kappa_l(3)])
      do up = 4, 6, 2
        do down = 3, 5, 2
          call table%add([up, -down], charged_to_quarks(sm, m, k(1), k(2), up, down))
        end do
      end do
      call table%add([-13, 14], charged_to_leptons(sm, m, k(3), sm%mmu))
      call table%add([-15, 16], charged_to_leptons(sm, m, k(3), sm%mtau))
      call table%add([25, 24], to_scalar_vector(sm, m, model%mh, model%cba, 24))
      call table%add([35, 24], to_scalar_vector(sm, m, model%mhh, model%sba, 24))
      call table%add([36, 24], to_scalar_vector(sm, m, model%ma, 1.0_dp, 24))
    end associate
  end function charged_decays

  subroutine add(self, daughters, width)
    class(decay_t), intent(inout) :: self
    integer, intent(in) :: daughters(2)
    real(dp), intent(in) :: width

    if (width <= 0.0_dp) return
    self%channels = [self%channels, channel_t(daughters, width)]
    self%width = self%width + width
  end subroutine add
end module decay_tables
