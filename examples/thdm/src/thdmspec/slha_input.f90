!> Reads the numbers of an SLHA input file (hep-ph/0311123).
!!
!! Block names are case-insensitive, `#` starts a comment, E and D exponents are understood.
!! Only blocks with one index per line are kept. An entry that is not in the file stays absent:
!! the caller has to name a default or to call it required.
module slha_input
  use constants, only: dp
  use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
  implicit none
  private
  public :: slha_file, read_slha, input_error

  integer, parameter :: name_length = 32

  type :: entry_t
    character(name_length) :: block
    integer :: index
    real(dp) :: value
  end type entry_t

  type :: slha_file
    character(:), allocatable :: path
    type(entry_t), allocatable :: entries(:)
  contains
    procedure :: required
    procedure :: optional => optional_value
  end type slha_file

contains

  !> Read every `index value` line of the file. An unreadable file or number ends the program.
  function read_slha(path) result(file)
    character(*), intent(in) :: path
    type(slha_file) :: file
    character(1024) :: line
    character(name_length) :: block
    character(200) :: index_word, value_word
    integer :: unit, status, index
    real(dp) :: value

    value = 0.0_dp
    file%path = path
    allocate (file%entries(0))
    open (newunit=unit, file=path, status='old', action='read', iostat=status)
    if (status /= 0) call input_error('cannot open the input file '//path)
    block = ''
    do
      read (unit, '(a)', iostat=status) line
      if (status /= 0) exit
      call strip_comment(line)
      if (len_trim(line) == 0) cycle
      read (line, *, iostat=status) index_word
      if (upper(index_word) == 'BLOCK') then
        read (line, *, iostat=status) index_word, value_word
        if (status /= 0) call input_error(path//': a BLOCK line without a name')
        block = upper(value_word)
        cycle
      end if
      read (line, *, iostat=status) index, value_word
      if (status /= 0) cycle
      read (value_word, *, iostat=status) value
      ! list-directed input would take "1,5" for 1 and "2*3" for 3
      if (status /= 0 .or. scan(line, ',;/*') > 0 .or. .not. ieee_is_finite(value)) then
        call input_error(path//': block '//trim(block)//', line "'//trim(adjustl(line)) &
                         //'": not a finite number')
      end if
      file%entries = [file%entries, entry_t(block, index, value)]
    end do
    close (unit)
  end function read_slha

  !> The entry, or the end of the program: a missing number is never 0.
  function required(self, block, index) result(value)
    class(slha_file), intent(in) :: self
    character(*), intent(in) :: block
    integer, intent(in) :: index
    real(dp) :: value
    character(12) :: digits
    integer :: i

    i = position(self, block, index)
    if (i == 0) then
      write (digits, '(i0)') index
      call input_error(self%path//': block '//block//' has no entry '//trim(digits) &
                       //', which is required')
    end if
    value = self%entries(i)%value
  end function required

  function optional_value(self, block, index, default) result(value)
    class(slha_file), intent(in) :: self
    character(*), intent(in) :: block
    integer, intent(in) :: index
    real(dp), intent(in) :: default
    real(dp) :: value
    integer :: i

    value = default
    i = position(self, block, index)
    if (i > 0) value = self%entries(i)%value
  end function optional_value

  !> Say what is wrong on stderr and stop with exit status 1.
  subroutine input_error(message)
    use, intrinsic :: iso_fortran_env, only: error_unit
    character(*), intent(in) :: message

    write (error_unit, '(2a)') 'thdmspec: ', message
    stop 1
  end subroutine input_error

  !> Place of the last entry with this block and index; 0 if there is none.
  pure function position(self, block, index) result(place)
    class(slha_file), intent(in) :: self
    character(*), intent(in) :: block
    integer, intent(in) :: index
    integer :: place

    do place = size(self%entries), 1, -1
      if (self%entries(place)%block == block .and. self%entries(place)%index == index) return
    end do
  end function position

  pure subroutine strip_comment(line)
    character(*), intent(inout) :: line
    integer :: hash, i

    hash = scan(line, '#')
    if (hash > 0) line(hash:) = ' '
    do i = 1, len(line)
      if (line(i:i) == achar(9) .or. line(i:i) == achar(13)) line(i:i) = ' '
    end do
  end subroutine strip_comment

  pure function upper(word) result(upper_word)
    character(*), intent(in) :: word
    character(name_length) :: upper_word
    integer :: i, code

    upper_word = word
    do i = 1, name_length
      code = iachar(upper_word(i:i))
      if (code >= iachar('a') .and. code <= iachar('z')) upper_word(i:i) = achar(code - 32)
    end do
  end function upper
end module slha_input
