import Keel

/// Parameters that an optimizer treats alike, with what it remembers of their gradients.
///
/// Every rule works on single numbers, so a group may hold the head, the features in any coordinates, or
/// the one factor of the features outside the span of the inputs.
struct ParameterGroup: Sendable {
  /// What regularisation does to a group.
  struct Pull: Sendable {
    /// λ of weight decay.
    var decay = 0.0
    /// The strength of the pull to the start.
    var toStart = 0.0
  }

  /// The parameters.
  var values: [Double]
  private let start: [Double]
  private let pull: Pull
  private var firstMoment: [Double]
  private var secondMoment: [Double]

  /// Parameters at the start of training.
  init(_ values: [Double], pull: Pull, rule: Optimizer.Rule) {
    self.values = values
    self.pull = pull
    start = pull.toStart > 0 ? values : []
    switch rule {
    case .gradientDescent: (firstMoment, secondMoment) = ([], [])
    case .heavyBall, .nesterov:
      (firstMoment, secondMoment) = ([Double](repeating: 0, count: values.count), [])
    case .adam:
      firstMoment = [Double](repeating: 0, count: values.count)
      secondMoment = firstMoment
    }
  }

  /// Makes a step.
  ///
  /// - Parameters:
  ///   - gradient: the gradient of the training loss; it is overwritten.
  ///   - optimizer: the rule and the learning rate.
  ///   - number: the number of this step, from 1.
  mutating func step(_ gradient: inout [Double], by optimizer: Optimizer, number: Int) {
    let rate = optimizer.learningRate
    // Penalties are taken where the gradient was, so before decoupled decay moves the parameters.
    if pull.toStart > 0 {
      for i in values.indices { gradient[i] += pull.toStart * (values[i] - start[i]) }
    }
    if pull.decay > 0 {
      switch optimizer.weightDecay.kind {
      case .penalty: for i in values.indices { gradient[i] += pull.decay * values[i] }
      case .decoupled: for i in values.indices { values[i] *= 1 - rate * pull.decay }
      }
    }
    switch optimizer.rule {
    case .gradientDescent:
      for i in values.indices { values[i] -= rate * gradient[i] }
    case .heavyBall(let momentum):
      for i in values.indices {
        firstMoment[i] = momentum * firstMoment[i] + gradient[i]
        values[i] -= rate * firstMoment[i]
      }
    case .nesterov(let momentum):
      for i in values.indices {
        firstMoment[i] = momentum * firstMoment[i] + gradient[i]
        values[i] -= rate * (gradient[i] + momentum * firstMoment[i])
      }
    case .adam(let beta1, let beta2, let epsilon):
      let firstCorrection = 1 / (1 - Double.pow(beta1, number))
      let secondCorrection = 1 / (1 - Double.pow(beta2, number))
      for i in values.indices {
        firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * gradient[i]
        secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * gradient[i] * gradient[i]
        let size = (secondMoment[i] * secondCorrection).squareRoot() + epsilon
        values[i] -= rate * firstMoment[i] * firstCorrection / size
      }
    }
  }
}
