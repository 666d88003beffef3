!> Writes the spectrum in SLHA format with the blocks and habits of SPheno.
!!
!! Real numbers carry 17 significant digits and a three-digit exponent, so they are read back bit
!! for bit and never overflow their field.
module spectrum_writer
  use constants, only: dp
  use decay_tables, only: decay_t
  use higgs_couplings, only: couplings_t, neutral_couplings, neutral_pdg
  use partial_widths, only: gluon_amplitude, photon_amplitude, z_photon_amplitude
  use slha_input, only: input_error
  use standard_model, only: sm_t
  use thdm_model, only: thdm_t
  implicit none
  private
  public :: results_t, write_spectrum

  character(*), parameter :: version = '1.0.0'

  !> Everything that is not in the model itself.
  type :: results_t
    real(dp) :: largest_eigenvalue, unitarity_limit, stability_margin, vacuum_discriminant
    real(dp) :: stu(3)
    type(decay_t) :: decays(4)
  end type results_t

contains

  subroutine write_spectrum(path, model, sm, results)
    character(*), intent(in) :: path
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    type(results_t), intent(in) :: results
    integer :: unit, status, i

    open (newunit=unit, file=path, status='replace', action='write', iostat=status)
    if (status /= 0) call input_error('cannot write '//path)
    call write_inputs(unit, model, sm)
    call write_masses(unit, model, sm)
    call write_limits(unit, results)
    call write_boson_couplings(unit, model, sm)
    call write_fermion_couplings(unit, model)
    do i = 1, 4
      call write_decay(unit, results%decays(i))
    end do
    close (unit)
  end subroutine write_spectrum

  subroutine write_inputs(unit, model, sm)
    integer, intent(in) :: unit
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    integer :: i

    call header(unit, 'SPINFO', 'program')
    write (unit, '(a)') '     1   thdmspec   # spectrum calculator'
    write (unit, '(a)') '     2   '//version//'   # version'
    call header(unit, 'MODSEL', 'model')
    write (unit, '(i6,i6,a)') 1, 0, '   # tree-level masses, no running of the potential'
    call header(unit, 'SMINPUTS', 'Standard Model inputs')
    call row(unit, 1, 1.0_dp/sm%alpha_mz, '1/alpha_em(M_Z)')
    call row(unit, 2, sm%gf, 'G_F [GeV^-2]')
    call row(unit, 3, sm%alphas_mz, 'alpha_s(M_Z)')
    call row(unit, 4, sm%mz, 'M_Z [GeV]')
    call row(unit, 5, sm%mb_mb, 'm_b(m_b) [GeV]')
    call row(unit, 6, sm%mt, 'M_t [GeV]')
    call row(unit, 7, sm%mtau, 'M_tau [GeV]')
    call row(unit, 9, sm%mw, 'M_W [GeV]')
    call header(unit, 'MINPAR', 'input parameters')
    do i = 1, 5
      call row(unit, i, model%lambda(i), 'lambda'//achar(iachar('0') + i))
    end do
    call row(unit, 9, model%m12sq, 'm12^2 [GeV^2]')
    call row(unit, 10, model%tanb, 'tan(beta)')
    call header(unit, 'THDMINPUT', 'options')
    write (unit, '(2i6,a)') 2, model%yukawa_type, '   # Yukawa type'
  end subroutine write_inputs

  subroutine write_masses(unit, model, sm)
    integer, intent(in) :: unit
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    real(dp) :: sa, ca

    call header(unit, 'MASS', 'pole masses [GeV]; m_b(m_b), m_c(m_c) and m_s(2 GeV) for quarks')
    call row(unit, 3, sm%ms_2, 's')
    call row(unit, 4, sm%mc_mc, 'c')
    call row(unit, 5, sm%mb_mb, 'b')
    call row(unit, 6, sm%mt, 't')
    call row(unit, 13, sm%mmu, 'mu')
    call row(unit, 15, sm%mtau, 'tau')
    call row(unit, 23, sm%mz, 'Z')
    call row(unit, 24, sm%mw, 'W')
    call row(unit, 25, model%mh, 'h')
    call row(unit, 35, model%mhh, 'H')
    call row(unit, 36, model%ma, 'A')
    call row(unit, 37, model%mhp, 'H+')
    sa = sin(model%alpha)
    ca = cos(model%alpha)
    call header(unit, 'ALPHA', 'mixing angle of the CP-even scalars')
    write (unit, '(3x,es24.16e3,a)') model%alpha, '   # alpha'
    call header(unit, 'SCALARMIX', '(h, H) in terms of (rho1, rho2)')
    write (unit, '(2i6,es27.16e3,a)') 1, 1, -sa, '   # ZH(1,1)', 1, 2, ca, '   # ZH(1,2)', &
      2, 1, ca, '   # ZH(2,1)', 2, 2, sa, '   # ZH(2,2)'
    call header(unit, 'HMIX', 'Higgs sector')
    call row(unit, 2, model%tanb, 'tan(beta)')
    call row(unit, 3, sm%v, 'v [GeV]')
    call row(unit, 4, model%m2a, 'm_A^2 [GeV^2]')
    call row(unit, 11, model%sba, 'sin(beta - alpha)')
    call row(unit, 12, model%cba, 'cos(beta - alpha)')
  end subroutine write_masses

  subroutine write_limits(unit, results)
    integer, intent(in) :: unit
    type(results_t), intent(in) :: results
    real(dp), parameter :: sixteen_pi = 50.265482457436691815_dp

    call header(unit, 'TREELEVELUNITARITY', 'perturbative unitarity of 2 -> 2 scattering')
    call row(unit, 0, flag(results%largest_eigenvalue <= results%unitarity_limit), &
             '1: fulfilled, 0: violated')
    call row(unit, 1, results%largest_eigenvalue/sixteen_pi, 'largest |a_0|')
    call row(unit, 2, results%largest_eigenvalue, 'largest |a_i| = 16 pi |a_0|')
    call row(unit, 3, results%unitarity_limit, 'limit on |a_i|')
    call header(unit, 'VACUUMSTABILITY', 'tree-level scalar potential')
    call row(unit, 0, flag(results%stability_margin > 0.0_dp), '1: bounded from below, 0: not')
    call row(unit, 1, results%stability_margin, 'smallest of the four conditions')
    call row(unit, 2, results%vacuum_discriminant, 'discriminant; > 0: global minimum')
    call header(unit, 'SPhenoLowEnergy', 'oblique parameters, one loop')
    call row(unit, 1, results%stu(2), 'T-parameter')
    call row(unit, 2, results%stu(1), 'S-parameter')
    call row(unit, 3, results%stu(3), 'U-parameter')
  end subroutine write_limits

  !> Value, number of particles, PDG codes. Loop couplings are |amplitude| over the Standard
  !! Model's at the same mass.
  subroutine write_boson_couplings(unit, model, sm)
    integer, intent(in) :: unit
    type(thdm_t), intent(in) :: model
    type(sm_t), intent(in) :: sm
    type(couplings_t) :: k, standard
    real(dp) :: masses(3), m
    integer :: i, pdg

    masses = [model%mh, model%mhh, model%ma]
    call header(unit, 'HiggsCouplingsBosons', 'g/g_SM')
    do i = 1, 3
      m = masses(i)
      pdg = neutral_pdg(i)
      k = neutral_couplings(model, sm%v, i)
      call coupling(unit, [model%kappa_v(i)], [pdg, 24, 24], 'W W')
      call coupling(unit, [model%kappa_v(i)], [pdg, 23, 23], 'Z Z')
      call coupling(unit, [abs(gluon_amplitude(sm, m, k)/gluon_amplitude(sm, m, standard))], &
                    [pdg, 21, 21], 'g g')
      call coupling(unit, [abs(photon_amplitude(sm, m, k)/photon_amplitude(sm, m, standard))], &
                    [pdg, 22, 22], 'gamma gamma')
      call coupling(unit, [abs(z_photon_amplitude(sm, m, k)/z_photon_amplitude(sm, m, standard))], &
                    [pdg, 23, 22], 'Z gamma')
    end do
    call coupling(unit, [model%cba], [25, 36, 23], 'h A Z, over g/(2 cos theta_W)')
    call coupling(unit, [model%sba], [35, 36, 23], 'H A Z, over g/(2 cos theta_W)')
  end subroutine write_boson_couplings

  !> Scalar value, pseudoscalar value, number of particles, PDG codes.
  subroutine write_fermion_couplings(unit, model)
    integer, intent(in) :: unit
    type(thdm_t), intent(in) :: model
    real(dp) :: kappa, pair(2)
    integer :: i, j
    integer, parameter :: fermions(6) = [3, 4, 5, 6, 13, 15]

    call header(unit, 'HiggsCouplingsFermions', 'g/g_SM: scalar, pseudoscalar')
    do i = 1, 3
      do j = 1, size(fermions)
        if (fermions(j) > 6) then
          kappa = model%kappa_l(i)
        else
          kappa = merge(model%kappa_u(i), model%kappa_d(i), mod(fermions(j), 2) == 0)
        end if
        pair = merge([0.0_dp, kappa], [kappa, 0.0_dp], i == 3)
        call coupling(unit, pair, [neutral_pdg(i), fermions(j), fermions(j)], 'f f')
      end do
    end do
  end subroutine write_fermion_couplings

  subroutine write_decay(unit, table)
    integer, intent(in) :: unit
    type(decay_t), intent(in) :: table
    integer :: i

    write (unit, '(a,i0,es27.16e3,a)') 'DECAY   ', table%parent, table%width, '   # width [GeV]'
    write (unit, '(a)') '#    BR                        NDA      ID1      ID2'
    do i = 1, size(table%channels)
      write (unit, '(2x,es24.16e3,i6,2i9,a,es10.3e3,a)') table%channels(i)%width/table%width, 2, &
        table%channels(i)%daughters, '   # width ', table%channels(i)%width, ' GeV'
    end do
  end subroutine write_decay

  subroutine header(unit, name, comment)
    integer, intent(in) :: unit
    character(*), intent(in) :: name, comment

    write (unit, '(4a)') 'Block ', name, '  # ', comment
  end subroutine header

  subroutine row(unit, index, value, comment)
    integer, intent(in) :: unit, index
    real(dp), intent(in) :: value
    character(*), intent(in) :: comment

    write (unit, '(i6,es27.16e3,2a)') index, value, '   # ', comment
  end subroutine row

  subroutine coupling(unit, values, pdg, comment)
    integer, intent(in) :: unit, pdg(3)
    real(dp), intent(in) :: values(:)
    character(*), intent(in) :: comment

    write (unit, '(*(es27.16e3))', advance='no') values
    write (unit, '(4i6,2a)') 3, pdg, '   # ', comment
  end subroutine coupling

  pure function flag(condition) result(value)
    logical, intent(in) :: condition
    real(dp) :: value

    value = merge(1.0_dp, 0.0_dp, condition)
  end function flag
end module spectrum_writer
