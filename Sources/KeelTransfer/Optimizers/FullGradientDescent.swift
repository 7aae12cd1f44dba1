public import Keel

/// Full-batch gradient descent in the full coordinates `(v, B)`, without a factorization of X.
/// ``GradientDescent`` has the same iterates for much less work a step, once X is factored.
///
/// A step reads X once, `s = y - Xw` and `Xᵀs` going along row by row, and B once, where a panel of rows
/// is updated and summed for the next `w = Bᵀv` while it is in the nearest cache:
///
///     g = 2Xᵀ(y - Xw),    α = Bg,    B ← B + ηvgᵀ,    v ← v + ηα,    w ← Bᵀv
///
/// X is copied once, and B and w are kept, in rows that begin at multiples of 64 bytes, so that loads do not
/// straddle lines of the cache. The bits of the result do not depend on the instruction set.
///
/// Complexity: 4nd + 6kd operations a step, nd + 3kd numbers of memory traffic.
public struct FullGradientDescent<Scalar: TransferScalar>: Sendable {
  /// The step size η.
  public let stepSize: Scalar
  /// The current head v, k.
  public private(set) var head: [Scalar]
  private let labels: [Scalar]
  /// X, shared by all copies.
  private let inputs: AlignedRows<Scalar>
  /// The rows of B, and below them `w = Bᵀv` of the current iterate and room for g.
  private var state: AlignedRows<Scalar>

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
    let (k, d) = (features.rows, features.columns)
    self.inputs = AlignedRows(rows: inputs.rows, columns: d)
    self.inputs.replace(0..<inputs.rows, with: inputs.elements)
    state = AlignedRows(rows: k + 2, columns: d)
    state.replace(0..<k, with: features.elements)
    self.labels = labels
    self.head = head
    self.stepSize = stepSize
    // By the arithmetic of the steps, whose bits do not depend on the instruction set.
    head.withUnsafeBufferPointer { v in
      var sweep = FeatureSweep(rows: k, columns: state.width, matrix: UnsafePointer(state.start))
      sweep.s = .init(1, v.baseAddress)
      sweep.sum = state.row(k)
      sweep.run()
    }
  }

  /// The current features B, k × d: a copy.
  public var features: Matrix<Scalar> {
    Matrix(rows: head.count, columns: state.columns, elements: state.elements(0..<head.count))
  }

  /// Takes one step; allocates nothing, except for the first step of a copy of this value.
  public mutating func step() { run(steps: 1) }

  /// Takes several steps.
  public mutating func run(steps: Int) {
    precondition(steps >= 0, "The number of steps cannot be negative")
    if !isKnownUniquelyReferenced(&state) { state = state.copy() }
    // The arrays are borrowed below, which leaves nothing of this value to be read there.
    let (k, x, state) = (head.count, inputs, state)
    let (b, w, g) = (state.start, state.row(k), state.row(k + 1))
    let twice = 2 * stepSize
    labels.withUnsafeBufferPointer { y in
      head.withUnsafeMutableBufferPointer { v in
        var read = FeatureSweep(rows: y.count, columns: x.width, matrix: UnsafePointer(x.start))
        read.x = UnsafePointer(w)
        read.s = .init(1, y.baseAddress, along: -1)
        read.sum = g
        var update = FeatureSweep(rows: k, columns: state.width, matrix: UnsafePointer(b))
        update.updated = b
        update.x = UnsafePointer(g)
        update.e = update.x
        update.p = .init(twice, UnsafePointer(v.baseAddress))
        update.s = .init(1, UnsafePointer(v.baseAddress), along: twice)
        update.combination = v.baseAddress
        update.sum = w
        for _ in 0..<steps {
          Scalar.run(read)
          Scalar.run(update)
        }
      }
    }
  }
}
