!> Working precision and mathematical constants.
module constants
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  integer, parameter, public :: dp = real64
  real(dp), parameter, public :: pi = 3.14159265358979323846_dp
  real(dp), parameter, public :: zeta3 = 1.20205690315959428540_dp
end module constants
