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
  /// 2λ.
  let weight: [Double]

  /// The flow of a problem.
  public init(_ problem: ReducedTransferProblem, rates: LearningRates = .fineTuning) {
    self.problem = problem
    self.rates = rates
    weight = problem.eigenvalues.map { 2 * $0 }
  }

  /// `k + km`.
  public var dimension: Int { problem.featureCount * (1 + problem.rank) }

  /// Writes the derivative of a flat state; 4km operations in two passes over the features.
  public func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
    let (k, m) = (problem.featureCount, problem.rank)
    y.withUnsafeBufferPointer { y in
      dy.withUnsafeMutableBufferPointer { dy in
        guard let head = y.baseAddress, let result = dy.baseAddress else { return }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: m) { g in
          weight.withUnsafeBufferPointer { weight in
            problem.trainingTarget.withUnsafeBufferPointer { target in
              var sweep = FeatureSweep<Double>(rows: k, columns: m, matrix: head + k)
              sweep.s = .init(from: head)
              sweep.sum = g.baseAddress
              sweep.target = target.baseAddress
              sweep.weight = weight.baseAddress
              sweep.run()
            }
          }
          var products = FeatureSweep<Double>(rows: k, columns: m, matrix: head + k)
          products.x = UnsafePointer(g.baseAddress)
          products.s = .init(along: rates.head)
          products.combination = result
          products.run()
          for i in 0..<k {
            let row = UnsafeMutableBufferPointer(rebasing: dy[(k + i * m)..<(k + (i + 1) * m)])
            let factor = rates.features * head[i]
            for j in 0..<m { row[j] = factor * g[j] }
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
