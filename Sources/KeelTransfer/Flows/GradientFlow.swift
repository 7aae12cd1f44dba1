import Keel

/// The learning rates of the two layers of a gradient flow.
public struct LearningRates: Sendable, Equatable {
  /// The rate of the head, at least 0.
  public var head: Double
  /// The rate of the features, at least 0.
  public var features: Double

  /// Rates that are given one by one.
  public init(head: Double, features: Double) {
    precondition(head >= 0 && features >= 0, "Learning rates cannot be negative")
    self.head = head
    self.features = features
  }

  /// Both layers learn: fine-tuning (FT).
  public static let fineTuning = LearningRates(head: 1, features: 1)
  /// Only the head learns: linear probing (LP).
  public static let linearProbing = LearningRates(head: 1, features: 0)
  /// Only the features learn.
  public static let featuresOnly = LearningRates(head: 0, features: 1)
}

/// Gradient flow on the training loss in reduced coordinates: `v' = η_v C g`, `C' = η_B v gᵀ` with
/// `g = 2 λ∘(a - Cᵀv)`.
///
/// The unknowns are the head and then the features row after row. The flow keeps
/// `η_B vvᵀ - η_v CCᵀ` constant.
///
/// Source: Kumar et al. (2022), section 3; for the conserved matrix Du, Hu and Lee (2018), *Algorithmic
/// regularization in learning deep homogeneous models*.
public struct GradientFlow: ODESystem, Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The learning rates of the layers.
  public let rates: LearningRates

  /// The flow of a problem.
  public init(_ problem: ReducedTransferProblem, rates: LearningRates = .fineTuning) {
    self.problem = problem
    self.rates = rates
  }

  /// `k + km`.
  public var dimension: Int { problem.featureCount * (1 + problem.rank) }

  /// Writes the derivative of a flat state; 4km operations.
  public func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
    let k = problem.featureCount
    let m = problem.rank
    y.withUnsafeBufferPointer { y in
      dy.withUnsafeMutableBufferPointer { dy in
        problem.eigenvalues.withUnsafeBufferPointer { eigenvalues in
          problem.trainingTarget.withUnsafeBufferPointer { target in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: m) { g in
              for j in 0..<m { g[j] = target[j] }
              for i in 0..<k {
                let row = UnsafeBufferPointer(rebasing: y[(k + i * m)..<(k + (i + 1) * m)])
                let weight = y[i]
                for j in 0..<m { g[j] -= weight * row[j] }
              }
              for j in 0..<m { g[j] *= 2 * eigenvalues[j] }
              for i in 0..<k {
                let row = UnsafeBufferPointer(rebasing: y[(k + i * m)..<(k + (i + 1) * m)])
                let result = UnsafeMutableBufferPointer(rebasing: dy[(k + i * m)..<(k + (i + 1) * m)])
                let weight = rates.features * y[i]
                // Four partial sums: one would wait for each addition in turn.
                var sums = SIMD4<Double>.zero
                var j = 0
                while j &+ 4 <= m {
                  let gradient = SIMD4(g[j], g[j &+ 1], g[j &+ 2], g[j &+ 3])
                  sums += SIMD4(row[j], row[j &+ 1], row[j &+ 2], row[j &+ 3]) * gradient
                  j &+= 4
                }
                var sum = sums.sum()
                while j < m {
                  sum += row[j] * g[j]
                  j &+= 1
                }
                for j in 0..<m { result[j] = weight * g[j] }
                dy[i] = rates.head * sum
              }
            }
          }
        }
      }
    }
  }

  /// A state as the flat vector of unknowns.
  public func flatten(_ state: TransferState) -> [Double] {
    precondition(
      state.head.count == problem.featureCount && state.features.columns == problem.rank,
      "The state does not fit the problem")
    return state.head + state.features.elements
  }

  /// The state in a flat vector of unknowns.
  public func state(_ y: [Double]) -> TransferState {
    let k = problem.featureCount
    return TransferState(
      head: Array(y[..<k]), features: Matrix(rows: k, columns: problem.rank, elements: Array(y[k...])))
  }

  /// The state before training: a given head on the pretrained features.
  public func start(head: [Double]) -> TransferState {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    return TransferState(head: head, features: problem.initialFeatures)
  }

  /// `η_B vvᵀ - η_v CCᵀ`, constant along the flow.
  public func conserved(_ state: TransferState) -> Matrix<Double> {
    var result = rates.features * Matrix(outerProductOf: state.head, state.head)
    BLAS.gemm(-rates.head, state.features, state.features.transposed, beta: 1, into: &result)
    return result
  }
}
