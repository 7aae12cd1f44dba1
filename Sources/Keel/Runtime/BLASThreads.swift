import CKernels
import Synchronization

/// The number of BLAS threads, and the regions in which it is 1.
///
/// BLAS has one number for the whole process, but regions of several threads may overlap in any
/// order. The first to enter saves the number and the last to leave restores it.
enum BLASThreads {
  private struct State {
    /// How many regions are open.
    var regions = 0
    /// The number to restore, meaningful while a region is open.
    var saved = 0
  }

  private static let state = Mutex(State())

  /// The number outside of all regions.
  static var setting: Int {
    state.withLock { $0.regions > 0 ? $0.saved : Int(keel_blas_threads()) }
  }

  /// Changes the number outside of all regions; while one is open, the change waits for its end.
  static func set(_ threads: Int) {
    state.withLock {
      if $0.regions > 0 {
        $0.saved = threads
      } else {
        keel_blas_set_threads(CInt(clamping: threads))
      }
    }
  }

  /// Runs `body` with BLAS at one thread.
  static func withOne<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    state.withLock {
      if $0.regions == 0 {
        $0.saved = Int(keel_blas_threads())
        if $0.saved != 1 { keel_blas_set_threads(1) }
      }
      $0.regions += 1
    }
    defer {
      state.withLock {
        $0.regions -= 1
        if $0.regions == 0, $0.saved != 1 { keel_blas_set_threads(CInt(clamping: $0.saved)) }
      }
    }
    return try body()
  }
}
