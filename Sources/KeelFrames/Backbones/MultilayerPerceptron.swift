public import Keel

/// A fully connected network: `x ↦ W_L σ(… σ(W_1 x + b_1) …) + b_L`, with or without σ of the result.
public struct MultilayerPerceptron<Scalar: FrameScalar>: Hashable, Sendable {
  /// The function σ between layers.
  public typealias Activation = NetworkActivation

  /// A layer `x ↦ W x + b`.
  public struct Layer: Hashable, Sendable {
    /// W, outputs × inputs.
    public let weights: Matrix<Scalar>
    /// b, a number an output.
    public let biases: [Scalar]

    /// A layer.
    ///
    /// - Precondition: there is a bias an output.
    public init(weights: Matrix<Scalar>, biases: [Scalar]) {
      precondition(weights.rows == biases.count, "A layer has a bias an output")
      self.weights = weights
      self.biases = biases
    }

    /// `W x + b` for many x, a row each.
    func callAsFunction(_ rows: Matrix<Scalar>) -> Matrix<Scalar> {
      precondition(rows.columns == weights.columns, "The inputs must have the width of the layer")
      var result = Matrix(rows: rows.rows, columns: biases.count) { (memory: UnsafeMutablePointer<Scalar>) in
        biases.withUnsafeBufferPointer { biases in
          guard let first = biases.baseAddress else { return }
          for i in 0..<rows.rows {
            (memory + i * biases.count).initialize(from: first, count: biases.count)
          }
        }
      }
      BLAS.gemm(1, rows, weights.transposed, beta: 1, into: &result)
      return result
    }
  }

  /// The layers, first to last.
  public let layers: [Layer]
  /// σ.
  public let activation: Activation
  /// Whether σ is also applied to the outputs.
  public let activatesOutput: Bool

  /// The number of inputs.
  public var inputs: Int { layers[0].weights.columns }

  /// The number of outputs.
  public var outputs: Int { layers[layers.count - 1].biases.count }

  /// A network of given layers.
  ///
  /// - Parameters:
  ///   - layers: the layers, first to last.
  ///   - activation: σ.
  ///   - activatesOutput: whether σ is also applied to the outputs.
  /// - Precondition: there is a layer, and each takes as many numbers as the one before it gives.
  public init(layers: [Layer], activation: Activation, activatesOutput: Bool = false) {
    precondition(!layers.isEmpty, "A network has at least one layer")
    precondition(
      zip(layers, layers.dropFirst()).allSatisfy { $0.weights.rows == $1.weights.columns },
      "Each layer takes what the one before it gives")
    self.layers = layers
    self.activation = activation
    self.activatesOutput = activatesOutput
  }

  /// A random network: weights normal with variance 1 / inputs, biases normal with deviation 0.1.
  ///
  /// - Parameters:
  ///   - widths: the numbers of inputs, of units of each layer, and of outputs.
  ///   - activation: σ.
  ///   - activatesOutput: whether σ is also applied to the outputs.
  ///   - stream: where the numbers come from.
  /// - Precondition: there are at least two widths, all positive.
  public init(
    randomWidths widths: [Int], activation: Activation, activatesOutput: Bool = false,
    using stream: inout RandomStream
  ) {
    precondition(widths.count > 1 && widths.allSatisfy { $0 > 0 }, "A network has inputs and outputs")
    self.init(
      layers: zip(widths, widths.dropFirst()).map { inputs, outputs in
        let deviation = 1 / Scalar(inputs).squareRoot()
        return Layer(
          weights: Matrix(rows: outputs, columns: inputs) { _, _ in
            stream.normal(mean: 0, deviation: deviation)
          },
          biases: (0..<outputs).map { _ in stream.normal(mean: 0, deviation: Scalar(0.1)) })
      }, activation: activation, activatesOutput: activatesOutput)
  }

  /// The outputs for many inputs, a row each.
  ///
  /// - Precondition: the rows have as many entries as the first layer has inputs.
  public func callAsFunction(_ rows: Matrix<Scalar>) -> Matrix<Scalar> {
    self(firstSums: layers[0](rows))
  }

  /// The outputs for many sums `W_1 x + b_1` of the first layer, a row each: what follows that layer.
  ///
  /// - Precondition: the rows have as many entries as the first layer has outputs.
  public func callAsFunction(firstSums: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(firstSums.columns == layers[0].biases.count, "Sums have the width of the first layer")
    var values = firstSums
    for index in layers.indices {
      if index > 0 { values = layers[index](values) }
      if activates(index) { Self.activate(activation, &values) }
    }
    return values
  }

  /// The outputs for one input.
  ///
  /// - Precondition: there are as many numbers as inputs.
  public func callAsFunction(_ input: [Scalar]) -> [Scalar] { self(Matrix(row: input)).elements }

  /// The product of a cotangent of the outputs with the Jacobian at given inputs: the derivative by the inputs.
  ///
  /// At a corner of ``NetworkActivation/relu`` it is that from the left, 0.
  ///
  /// - Parameters:
  ///   - cotangent: a row an input, as many entries as there are outputs.
  ///   - rows: the inputs.
  /// - Complexity: that of two evaluations.
  /// - Precondition: the shapes fit.
  public func pullback(_ cotangent: Matrix<Scalar>, at rows: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(
      cotangent.rows == rows.rows && cotangent.columns == outputs,
      "A cotangent has the shape of the outputs")
    var sums: [Matrix<Scalar>] = []
    var values: [Matrix<Scalar>] = [rows]
    for index in layers.indices {
      sums.append(layers[index](values[index]))
      values.append(sums[index])
      if activates(index) { Self.activate(activation, &values[index + 1]) }
    }
    var result = cotangent
    for index in layers.indices.reversed() {
      if activates(index) {
        Self.multiply(&result, bySlopesOf: activation, at: sums[index], values: values[index + 1])
      }
      result = result * layers[index].weights
    }
    return result
  }

  /// Whether σ follows a layer.
  private func activates(_ index: Int) -> Bool { index + 1 < layers.count || activatesOutput }

  /// Applies σ to every element.
  private static func activate(_ activation: Activation, _ matrix: inout Matrix<Scalar>) {
    let count = matrix.rows * matrix.columns
    matrix.withUnsafeMutableElements {
      if let memory = $0 { Scalar.activate(activation, memory, count: count) }
    }
  }

  /// Multiplies every element of a matrix by σ′(x), with y = σ(x) at hand.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func multiply(
    _ matrix: inout Matrix<Scalar>, bySlopesOf activation: Activation, at x: Matrix<Scalar>,
    values y: Matrix<Scalar>
  ) {
    let (x, y) = (x.elements, y.elements)
    matrix.withMutableSpan { elements in
      for i in elements.indices {
        switch activation {
        case .relu: elements[i] *= x[i] > 0 ? 1 : 0
        case .tanh: elements[i] *= 1 - y[i] * y[i]
        case .silu:
          // The logistic function of x is y / x.
          let logistic = x[i] == 0 ? 1 / 2 : y[i] / x[i]
          elements[i] *= logistic + y[i] * (1 - logistic)
        }
      }
    }
  }
}
