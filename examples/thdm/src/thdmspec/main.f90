!> thdmspec: spectrum of the two-Higgs-doublet model at tree level, decays and oblique parameters
!! at one loop.
!!
!!   thdmspec [LesHouches.in [SPheno.spc]]
!!
!! Exit status 1 and a message on stderr for input that cannot be used. A point with a tachyon is
!! an answer: it is reported on stdout, no spectrum is written, the exit status is 0.
program thdmspec
  use constants, only: dp, pi
  use decay_tables, only: neutral_decays, charged_decays
  use oblique, only: stu
  use slha_input, only: slha_file, read_slha, input_error
  use spectrum_writer, only: results_t, write_spectrum
  use standard_model, only: sm_t, read_sm
  use thdm_model, only: thdm_t, read_thdm, solve
  use theory_limits, only: largest_eigenvalue, stability_margin, vacuum_discriminant
  implicit none

  type(slha_file) :: input
  type(sm_t) :: sm
  type(thdm_t) :: model
  type(results_t) :: results
  character(:), allocatable :: input_path, output_path
  real(dp) :: mh_ref
  integer :: i

  input_path = argument(1, 'LesHouches.in')
  output_path = argument(2, 'SPheno.spc')
  if (command_argument_count() > 2) call input_error('usage: thdmspec [input [output]]')
  call remove(output_path)

  input = read_slha(input_path)
  sm = read_sm(input)
  model = read_thdm(input)
  results%unitarity_limit = input%optional('THDMINPUT', 1, 8.0_dp*pi)
  mh_ref = input%optional('THDMINPUT', 3, 125.0_dp)
  if (mh_ref <= 0.0_dp) call input_error('THDMINPUT 3: the reference mass must be positive')

  call solve(model, sm%v)
  if (model%tachyonic()) then
    print '(a)', ' Stopping calculation because of negative mass squared.'
    print '(a,3es14.5e3)', ' Lowest m_h^2, m_A^2, m_H+^2 [GeV^2]:', model%m2h, model%m2a, model%m2hp
    stop
  end if
  results%largest_eigenvalue = largest_eigenvalue(model%lambda)
  results%stability_margin = stability_margin(model%lambda)
  results%vacuum_discriminant = vacuum_discriminant(model, sm%v)
  results%stu = stu(model, sm, mh_ref)
  do i = 1, 3
    results%decays(i) = neutral_decays(model, sm, i)
  end do
  results%decays(4) = charged_decays(model, sm)
  call write_spectrum(output_path, model, sm, results)
  print '(a)', ' Finished!'

contains

  function argument(place, default) result(word)
    integer, intent(in) :: place
    character(*), intent(in) :: default
    character(:), allocatable :: word
    integer :: length

    word = default
    if (place > command_argument_count()) return
    call get_command_argument(place, length=length)
    word = repeat(' ', length)
    call get_command_argument(place, word)
  end function argument

  !> An old spectrum must never pass for the result of this run.
  subroutine remove(path)
    character(*), intent(in) :: path
    integer :: unit, status

    open (newunit=unit, file=path, status='old', iostat=status)
    if (status == 0) close (unit, status='delete')
  end subroutine remove
end program thdmspec
