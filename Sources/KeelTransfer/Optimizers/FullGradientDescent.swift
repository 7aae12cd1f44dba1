public import Keel

/// Full-batch gradient descent in the full coordinates `(v, B)`, without a factorization of X.
/// ``GradientDescent`` has the same iterates for much less work a step, once X is factored.
///
/// A step reads X once, `s = y - Xw` and `Xᵀs` going along row by row, and B once, where a panel of rows
/// is updated and summed for the next `w = Bᵀv` while it is in the nearest cache:
///
///     g = 2Xᵀ(y - Xw),    α = Bg,    B ← B + ηvgᵀ,    v ← v + ηα,    w ← Bᵀv
///
/// The bits of the result do not depend on the instruction set.
///
/// Complexity: 4nd + 6kd operations a step, nd + 3kd numbers of memory traffic.
public struct FullGradientDescent<Scalar: TransferScalar>: Sendable {
  /// The step size η.
  public let stepSize: Scalar
  /// The current head v, k.
  public private(set) var head: [Scalar]
  /// The current features B, k × d.
  public private(set) var features: Matrix<Scalar>
  private let inputs: Matrix<Scalar>
  private let labels: [Scalar]
  /// `Bᵀv` of the current iterate, d.
  private var weights: [Scalar]
  private var gradient: [Scalar]

  /// Gradient descent from a head on the pretrained features of a problem, converted to `Scalar`.
  public init(_ problem: LinearTransferProblem, head: [Scalar], stepSize: Scalar) {
    // In double precision nothing is copied.
    func convert(_ matrix: Matrix<Double>) -> Matrix<Scalar> {
      matrix as? Matrix<Scalar> ?? Matrix(converting: matrix)
    }
    self.init(
      inputs: convert(problem.inputs), labels: problem.labels.map { Scalar($0) },
      features: convert(problem.pretrainedFeatures), head: head, stepSize: stepSize)
  }

  /// Gradient descent on `‖XBᵀv - y‖²` for any features.
  ///
  /// - Parameters:
  ///   - inputs: X, n × d.
  ///   - labels: y, n.
  ///   - features: B, k × d.
  ///   - head: v, k.
  ///   - stepSize: η.
  public init(
    inputs: Matrix<Scalar>, labels: [Scalar], features: Matrix<Scalar>, head: [Scalar], stepSize: Scalar
  ) {
    precondition(labels.count == inputs.rows, "There must be one label an input")
    precondition(features.columns == inputs.columns, "Features and inputs must have the same dimension")
    precondition(head.count == features.rows, "The head must have one weight a feature")
    self.inputs = inputs
    self.labels = labels
    self.features = features
    self.head = head
    self.stepSize = stepSize
    weights = features.transposed * head
    gradient = weights
  }

  /// Takes one step; allocates nothing.
  public mutating func step() { run(steps: 1) }

  /// Takes several steps.
  public mutating func run(steps: Int) {
    precondition(steps >= 0, "The number of steps cannot be negative")
    let (n, k, d) = (inputs.rows, features.rows, features.columns)
    let twice = 2 * stepSize
    inputs.withUnsafeElements { x in
      labels.withUnsafeBufferPointer { y in
        features.withUnsafeMutableElements { b in
          head.withUnsafeMutableBufferPointer { v in
            weights.withUnsafeMutableBufferPointer { w in
              gradient.withUnsafeMutableBufferPointer { g in
                var read = FeatureSweep(rows: n, columns: d, matrix: x)
                read.x = UnsafePointer(w.baseAddress)
                read.s = .init(1, y.baseAddress, along: -1)
                read.sum = g.baseAddress
                var update = FeatureSweep(rows: k, columns: d, matrix: UnsafePointer(b))
                update.updated = b
                update.x = UnsafePointer(g.baseAddress)
                update.e = update.x
                update.p = .init(twice, UnsafePointer(v.baseAddress))
                update.s = .init(1, UnsafePointer(v.baseAddress), along: twice)
                update.combination = v.baseAddress
                update.sum = w.baseAddress
                for _ in 0..<steps {
                  Scalar.run(read)
                  Scalar.run(update)
                }
              }
            }
          }
        }
      }
    }
  }
}
