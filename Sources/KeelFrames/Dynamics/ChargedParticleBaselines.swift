/// Errors of predictions of later positions of charged particles that need no model.
///
/// With x and v at one stored state and y the positions at a later one, the mean squares of the coordinates of
///
///     y - x,     y - (x + v),     y - (x + a v)  for the best a.
///
/// The velocity is taken for one unit of time, as published: ten stored states of 100 steps of 1e-3.
public struct ChargedParticleBaselines: Hashable, Sendable {
  /// The mean square of `y - x`: the particles stay where they are.
  public let standing: Double
  /// The mean square of `y - (x + v)`: they move on as they do.
  public let moving: Double
  /// The mean square of `y - (x + a v)`.
  public let scaled: Double
  /// The a that was used.
  public let factor: Double
  /// The a that is best for these simulations.
  public let bestFactor: Double

  /// The errors for simulations of a data set.
  ///
  /// - Parameters:
  ///   - data: the data set.
  ///   - part: of it.
  ///   - simulations: default all of the part.
  ///   - input: the index of the state that is known.
  ///   - target: the index of the state that is predicted.
  ///   - factor: a, for example one that is best for training; default the best for these simulations.
  /// - Complexity: that of the trajectories up to the target.
  /// - Precondition: there are such states, the input before the target, and at least one simulation.
  public init(
    of data: ChargedParticleData, part: ChargedParticleData.Part = .testing, simulations: Range<Int>? = nil,
    input: Int = 30, target: Int = 40, factor: Double? = nil
  ) {
    precondition(input >= 0 && input < target, "What is known comes before what is predicted")
    // The sums of d·d, d·v and v·v for d = y - x.
    var (changes, products, squares, count) = (0.0, 0.0, 0.0, 0)
    data.forEachBlock(of: part, simulations: simulations, states: target + 1) { block, _ in
      let size = 3 * block.particles
      for system in 0..<block.count {
        let (x, y) = ((system * block.states + input) * size, (system * block.states + target) * size)
        for k in 0..<size {
          let change = block.positions[y + k] - block.positions[x + k]
          let velocity = block.velocities[x + k]
          changes += change * change
          products += change * velocity
          squares += velocity * velocity
        }
        count += size
      }
    }
    precondition(count > 0, "Errors are means over at least one simulation")
    bestFactor = squares > 0 ? products / squares : 0
    let a = factor ?? bestFactor
    self.factor = a
    let number = Double(count)
    func mean(_ a: Double) -> Double { (changes - 2 * a * products + a * a * squares) / number }
    standing = mean(0)
    moving = mean(1)
    scaled = mean(a)
  }
}
