import CKernels

/// The C kernels of the polytopes beyond the simplex, for a scalar.
public struct PolytopeKernels<Scalar: SimplexScalar>: Sendable {
  typealias Input = UnsafePointer<Scalar>
  typealias Output = UnsafeMutablePointer<Scalar>
  typealias Scratch = UnsafeMutablePointer<Double>

  let knapsack: @Sendable (RowBatch<Scalar>, KnapsackSet<Scalar>, Scratch) -> Void
  let knapsackPullback:
    @Sendable (PullbackBatch<Scalar>, KnapsackSet<Scalar>, KnapsackDerivative, Output?) -> Void
  let keepLargest: @Sendable (Int, Input, Int, Output, Output) -> Void
  let l1Magnitudes: @Sendable (RowBatch<Scalar>, Scratch) -> Void
  let l1Finish: @Sendable (RowBatch<Scalar>, Input, Scratch, Scalar) -> Void
  let l1Pullback: @Sendable (PullbackBatch<Scalar>, Scalar, Output?) -> Void
  let totalVariation: @Sendable (Int, Input, Double, Double, Scratch, Scratch) -> Void
  let isotonic: @Sendable (Int, Input, Input?, Bool, Scratch, Scratch) -> Void
  let storeFit: @Sendable (Int, Scratch, Scratch, Double, Output) -> Int
  let largest: @Sendable (Int, Input) -> Double
  let runsPullback: @Sendable (PullbackBatch<Scalar>, RunsOperation, Bool, Input?) -> Void
  let strengthPullback: @Sendable (PullbackBatch<Scalar>, RunsOperation, Output) -> Void
}

/// {0 ≤ p ≤ u, Σ w p = total}, with weights or with bounds.
struct KnapsackSet<Scalar: SimplexScalar> {
  var weights: UnsafePointer<Scalar>?
  var bounds: UnsafePointer<Scalar>?
  /// The bound of every entry without `bounds`.
  var bound = Scalar.infinity
  var total: Scalar = 0

  /// How many doubles of scratch a projection needs.
  static func scratch(columns: Int) -> Int { keel_knapsack_scratch(columns) }
}

/// What a projection onto a ``KnapsackSet`` is differentiated by.
enum KnapsackDerivative: CInt {
  case input = 0
  case bounds, total, sharedBound
}

/// What is done with the runs of equal entries of a fit.
enum RunsOperation: CInt {
  case mean = 0
  case weighted, adjoint, simplex
}

extension Double {
  /// The kernels of Double.
  public static let polytopeKernels = PolytopeKernels<Double>(
    knapsack: { batch, set, scratch in
      withUnsafePointer(to: batch.kernelBatch) { batch in
        withUnsafePointer(to: set.kernelSet) { keel_knapsack_project_f64(batch, $0, scratch) }
      }
    },
    knapsackPullback: { batch, set, derivative, numbers in
      withUnsafePointer(to: batch.kernelBatch) { batch in
        withUnsafePointer(to: set.kernelSet) {
          keel_knapsack_pullback_f64(batch, $0, derivative.rawValue, numbers)
        }
      }
    },
    keepLargest: { keel_keep_largest_f64($0, $1, $2, $3, $4) },
    l1Magnitudes: { batch, sums in
      withUnsafePointer(to: batch.kernelBatch) { keel_l1_magnitudes_f64($0, sums) }
    },
    l1Finish: { batch, magnitudes, sums, radius in
      withUnsafePointer(to: batch.kernelBatch) { keel_l1_finish_f64($0, magnitudes, sums, radius) }
    },
    l1Pullback: { batch, radius, numbers in
      withUnsafePointer(to: batch.kernelBatch) { keel_l1_pullback_f64($0, radius, numbers) }
    },
    totalVariation: { keel_total_variation_f64($0, $1, $2, $3, $4, $5) },
    isotonic: { keel_isotonic_f64($0, $1, $2, $3 ? 1 : 0, $4, $5) },
    storeFit: { keel_store_fit_f64($0, $1, $2, $3, $4) },
    largest: { keel_largest_f64($0, $1) },
    runsPullback: { batch, operation, across, weights in
      withUnsafePointer(to: batch.kernelBatch) {
        keel_runs_pullback_f64($0, operation.rawValue, across ? 1 : 0, weights)
      }
    },
    strengthPullback: { batch, operation, numbers in
      withUnsafePointer(to: batch.kernelBatch) {
        keel_strength_pullback_f64($0, operation.rawValue, numbers)
      }
    })
}

extension Float {
  /// The kernels of Float.
  public static let polytopeKernels = PolytopeKernels<Float>(
    knapsack: { batch, set, scratch in
      withUnsafePointer(to: batch.kernelBatch) { batch in
        withUnsafePointer(to: set.kernelSet) { keel_knapsack_project_f32(batch, $0, scratch) }
      }
    },
    knapsackPullback: { batch, set, derivative, numbers in
      withUnsafePointer(to: batch.kernelBatch) { batch in
        withUnsafePointer(to: set.kernelSet) {
          keel_knapsack_pullback_f32(batch, $0, derivative.rawValue, numbers)
        }
      }
    },
    keepLargest: { keel_keep_largest_f32($0, $1, $2, $3, $4) },
    l1Magnitudes: { batch, sums in
      withUnsafePointer(to: batch.kernelBatch) { keel_l1_magnitudes_f32($0, sums) }
    },
    l1Finish: { batch, magnitudes, sums, radius in
      withUnsafePointer(to: batch.kernelBatch) { keel_l1_finish_f32($0, magnitudes, sums, radius) }
    },
    l1Pullback: { batch, radius, numbers in
      withUnsafePointer(to: batch.kernelBatch) { keel_l1_pullback_f32($0, radius, numbers) }
    },
    totalVariation: { keel_total_variation_f32($0, $1, $2, $3, $4, $5) },
    isotonic: { keel_isotonic_f32($0, $1, $2, $3 ? 1 : 0, $4, $5) },
    storeFit: { keel_store_fit_f32($0, $1, $2, $3, $4) },
    largest: { keel_largest_f32($0, $1) },
    runsPullback: { batch, operation, across, weights in
      withUnsafePointer(to: batch.kernelBatch) {
        keel_runs_pullback_f32($0, operation.rawValue, across ? 1 : 0, weights)
      }
    },
    strengthPullback: { batch, operation, numbers in
      withUnsafePointer(to: batch.kernelBatch) {
        keel_strength_pullback_f32($0, operation.rawValue, numbers)
      }
    })
}

extension KnapsackSet where Scalar == Double {
  /// The set as C kernels take it.
  fileprivate var kernelSet: keel_knapsack_f64 {
    keel_knapsack_f64(weights: weights, bounds: bounds, bound: bound, total: total)
  }
}

extension KnapsackSet where Scalar == Float {
  /// The set as C kernels take it.
  fileprivate var kernelSet: keel_knapsack_f32 {
    keel_knapsack_f32(weights: weights, bounds: bounds, bound: bound, total: total)
  }
}
