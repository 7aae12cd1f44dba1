import CBLASShim

/// A size, stride or leading dimension as BLAS takes it. OpenBLAS's LP64 interface counts in 32 bits:
/// a larger size cannot be passed on, and that is the caller's bug.
@inline(__always)
func size(_ value: Int) -> keel_blas_int {
  precondition(
    value <= Int(keel_blas_int.max), "BLAS and LAPACK count in 32 bits: a size or stride is beyond that")
  return keel_blas_int(truncatingIfNeeded: value)
}

@inline(__always)
func operation(_ transposed: Bool) -> CBLAS_TRANSPOSE { transposed ? CblasTrans : CblasNoTrans }

@inline(__always)
func triangle(_ lower: Bool) -> CBLAS_UPLO { lower ? CblasLower : CblasUpper }

@inline(__always)
func diagonal(_ unit: Bool) -> CBLAS_DIAG { unit ? CblasUnit : CblasNonUnit }

@inline(__always)
func side(_ right: Bool) -> CBLAS_SIDE { right ? CblasRight : CblasLeft }
