public import Keel

/// Full-batch gradient descent on the training loss in reduced coordinates, in single or double precision.
///
/// The iterates are those of gradient descent in the full coordinates, `B = B₀ + (C - C₀)Fᵀ`, at a cost
/// of 6km operations a step instead of O(nd + kd). A step changes `vvᵀ - CCᵀ` by exactly
/// `η²((Cg)(Cg)ᵀ - ‖g‖²vvᵀ)`: discrete training does not keep balancedness.
///
/// ``DiscreteTraining`` has the other optimizers. Here steps run in a kernel that reads and writes C once a
/// step; the bits of the result do not depend on the instruction set.
public struct GradientDescent<Scalar: TransferScalar>: Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The step size η.
  public let stepSize: Scalar
  /// The current head v, k.
  public private(set) var head: [Scalar]
  private var elements: [Scalar]
  private let weight: [Scalar]
  private let target: [Scalar]
  /// `g = 2 λ∘(a - Cᵀv)` of the current iterate.
  private var gradient: [Scalar]
  private var workspace: [Scalar]

  /// Gradient descent from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates; it is converted to `Scalar` once.
  ///   - head: `v₀`, k.
  ///   - stepSize: η.
  public init(_ problem: ReducedTransferProblem, head: [Scalar], stepSize: Scalar) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    self.problem = problem
    self.stepSize = stepSize
    self.head = head
    elements = Matrix<Scalar>(converting: problem.initialFeatures).elements
    weight = problem.eigenvalues.map { 2 * Scalar($0) }
    target = problem.trainingTarget.map { Scalar($0) }
    gradient = residualGradient(weight: weight, target: target, head: head, features: elements)
    workspace = gradient
  }

  /// The current features in the span of the training inputs, `C = BF`, k × m.
  public var features: Matrix<Scalar> {
    Matrix(rows: head.count, columns: gradient.count, elements: elements)
  }

  /// The current iterate in double precision.
  public var state: TransferState {
    TransferState(head: head.map { Double($0) }, features: Matrix(converting: features))
  }

  /// What the next step will add to `vvᵀ - CCᵀ`: `η²((Cg)(Cg)ᵀ - ‖g‖²vvᵀ)`, k × k, exactly up to rounding.
  public var imbalanceChange: Matrix<Double> {
    let state = state
    let g = gradient.map { Double($0) }
    let along = state.features * g
    let square = Double(stepSize) * Double(stepSize)
    return square
      * (Matrix(outerProductOf: along, along) - BLAS.dot(g, g)
        * Matrix(outerProductOf: state.head, state.head))
  }

  /// Takes one step; allocates nothing.
  public mutating func step() { run(steps: 1) }

  /// Takes several steps, in one call of the kernel.
  public mutating func run(steps: Int) {
    takeSteps(
      steps: steps, stepSize: stepSize, weight: weight, target: target, head: &head, features: &elements,
      gradient: &gradient, workspace: &workspace)
  }
}

/// `weight∘(target - Cᵀv)` for features C, row after row, by the arithmetic of the kernels: what a descent
/// starts from has the bits that it would have got as the end of an earlier step.
func residualGradient<Scalar: TransferScalar>(
  weight: [Scalar], target: [Scalar], head: [Scalar], features: [Scalar]
) -> [Scalar] {
  [Scalar](unsafeUninitializedCapacity: target.count) { gradient, initializedCount in
    weight.withUnsafeBufferPointer { weight in
      target.withUnsafeBufferPointer { target in
        head.withUnsafeBufferPointer { head in
          features.withUnsafeBufferPointer { features in
            var sweep = FeatureSweep(
              rows: head.count, columns: target.count, matrix: features.baseAddress)
            sweep.s = .init(1, head.baseAddress)
            sweep.sum = gradient.baseAddress
            sweep.target = target.baseAddress
            sweep.weight = weight.baseAddress
            sweep.run()
          }
        }
      }
    }
    initializedCount = target.count
  }
}

/// Steps of gradient descent with the kernel ``TransferScalar/descend(rows:columns:steps:stepSize:weight:target:head:features:gradient:workspace:)``.
///
/// Many steps run on a copy in ``AlignedRows``. The bits of finite results are
/// the same.
func takeSteps<Scalar: TransferScalar>(
  steps: Int, stepSize: Scalar, weight: [Scalar], target: [Scalar], head: inout [Scalar],
  features: inout [Scalar], gradient: inout [Scalar], workspace: inout [Scalar]
) {
  let (k, m) = (head.count, target.count)
  // The copy and the way back cost about as much as two steps.
  guard steps >= 32 else {
    Scalar.descend(
      rows: k, columns: m, steps: steps, stepSize: stepSize, weight: weight, target: target, head: &head,
      features: &features, gradient: &gradient, workspace: &workspace)
    return
  }
  // C, the weight, the target, the gradient and the workspace.
  let copy = AlignedRows<Scalar>(rows: k + 4, columns: m)
  copy.replace(0..<k, with: features)
  copy.replace(k..<k + 1, with: weight)
  copy.replace(k + 1..<k + 2, with: target)
  copy.replace(k + 2..<k + 3, with: gradient)
  Scalar.descend(
    rows: k, columns: copy.width, steps: steps, stepSize: stepSize, weight: copy.row(k),
    target: copy.row(k + 1), head: &head, features: copy.start, gradient: copy.row(k + 2),
    workspace: copy.row(k + 3))
  features = copy.elements(0..<k)
  gradient = copy.elements(k + 2..<k + 3)
}
