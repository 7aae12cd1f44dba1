public import Keel

/// A fully connected network: `x ↦ σ(W_L … σ(W_1 x + b_1) …+ b_L)`, the last layer without σ.
public struct MultilayerPerceptron<Scalar: FrameScalar>: Hashable, Sendable {
  /// The function σ between layers.
  public enum Activation: String, Hashable, Sendable, CaseIterable {
    /// `max(x, 0)`.
    case relu
    /// The hyperbolic tangent.
    case tanh
    /// `x / (1 + e⁻ˣ)`.
    case silu
  }

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
  }

  /// The layers, first to last.
  public let layers: [Layer]
  /// σ.
  public let activation: Activation

  /// A network of given layers.
  ///
  /// - Precondition: there is a layer, and each takes as many numbers as the one before it gives.
  public init(layers: [Layer], activation: Activation) {
    precondition(!layers.isEmpty, "A network has at least one layer")
    precondition(
      zip(layers, layers.dropFirst()).allSatisfy { $0.weights.rows == $1.weights.columns },
      "Each layer takes what the one before it gives")
    self.layers = layers
    self.activation = activation
  }

  /// A random network: weights normal with variance 1 / inputs, biases normal with deviation 0.1.
  ///
  /// - Parameters:
  ///   - widths: the numbers of inputs, of units of each layer, and of outputs.
  ///   - activation: σ.
  ///   - stream: where the numbers come from.
  /// - Precondition: there are at least two widths, all positive.
  public init(randomWidths widths: [Int], activation: Activation, using stream: inout RandomStream) {
    precondition(widths.count > 1 && widths.allSatisfy { $0 > 0 }, "A network has inputs and outputs")
    self.init(
      layers: zip(widths, widths.dropFirst()).map { inputs, outputs in
        let deviation = 1 / Scalar(inputs).squareRoot()
        return Layer(
          weights: Matrix(rows: outputs, columns: inputs) { _, _ in
            stream.normal(mean: 0, deviation: deviation)
          },
          biases: (0..<outputs).map { _ in stream.normal(mean: 0, deviation: Scalar(0.1)) })
      }, activation: activation)
  }

  /// The outputs for many inputs, a row each.
  ///
  /// - Precondition: the rows have as many entries as the first layer has inputs.
  public func callAsFunction(_ rows: Matrix<Scalar>) -> Matrix<Scalar> {
    var values = rows
    for index in layers.indices {
      values = output(of: index, for: values)
      if index + 1 < layers.count { activate(&values) }
    }
    return values
  }

  /// The outputs for one input.
  public func callAsFunction(_ input: [Scalar]) -> [Scalar] { self(Matrix(row: input)).elements }

  /// The product of a cotangent of the outputs with the Jacobian at given inputs: the derivative by the inputs.
  ///
  /// - Parameters:
  ///   - cotangent: a row an input, as many entries as there are outputs.
  ///   - rows: the inputs.
  /// - Precondition: the shapes fit.
  public func pullback(_ cotangent: Matrix<Scalar>, at rows: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(
      cotangent.rows == rows.rows && cotangent.columns == layers[layers.count - 1].biases.count,
      "A cotangent has the shape of the outputs")
    var sums: [Matrix<Scalar>] = []
    var values = rows
    for index in layers.indices {
      values = output(of: index, for: values)
      sums.append(values)
      if index + 1 < layers.count { activate(&values) }
    }
    var result = cotangent
    for index in layers.indices.reversed() {
      if index + 1 < layers.count {
        let before = sums[index]
        result = Matrix(rows: result.rows, columns: result.columns) { i, j in
          result[i, j] * slope(before[i, j])
        }
      }
      result = result * layers[index].weights
    }
    return result
  }

  private func output(of index: Int, for values: Matrix<Scalar>) -> Matrix<Scalar> {
    let layer = layers[index]
    precondition(values.columns == layer.weights.columns, "The inputs must have the width of the first layer")
    var result = Matrix(rows: values.rows, columns: layer.biases.count) { _, j in layer.biases[j] }
    BLAS.gemm(1, values, layer.weights.transposed, beta: 1, into: &result)
    return result
  }

  private func activate(_ values: inout Matrix<Scalar>) {
    values = Matrix(rows: values.rows, columns: values.columns) { i, j in
      let x = values[i, j]
      return switch activation {
      case .relu: max(x, 0)
      case .tanh: Scalar.tanh(x)
      case .silu: x / (1 + Scalar.exp(-x))
      }
    }
  }

  private func slope(_ x: Scalar) -> Scalar {
    switch activation {
    case .relu: return x > 0 ? 1 : 0
    case .tanh:
      let y = Scalar.tanh(x)
      return 1 - y * y
    case .silu:
      let s = 1 / (1 + Scalar.exp(-x))
      return s * (1 + x * (1 - s))
    }
  }
}
