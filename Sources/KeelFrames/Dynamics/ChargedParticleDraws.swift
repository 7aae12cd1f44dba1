import Foundation
import Keel

/// The initial states of simulations of charged particles, one after the other, from NumPy's random numbers.
///
/// A simulation draws n uniform numbers, for charges -1 below one half and +1 else; 3 n normals for positions,
/// direction after direction, of deviation `(n/5)^{1/3}`; 3 n normals for velocities, which are scaled to length ½;
/// and then normals that are thrown away. A coordinate beyond ±5 is reflected at the wall of that box, once, with
/// its velocity.
public struct ChargedParticleDraws: Sendable {
  private var generator: MersenneTwister
  private let particles: Int
  private let discardedNormals: Int
  /// Whether the generator keeps the second normal of a pair.
  private var hasPending = false

  private static let speed = 0.5
  private static let boxSize = 5.0

  /// The draws of a seed.
  ///
  /// - Parameters:
  ///   - seed: of NumPy's `RandomState`.
  ///   - particles: n, positive.
  ///   - discardedNormals: how many normals a simulation throws away.
  /// - Precondition: the numbers are not negative.
  public init(seed: UInt32, particles: Int = 5, discardedNormals: Int = 1470) {
    precondition(particles > 0 && discardedNormals >= 0, "Numbers of particles and of draws are not negative")
    generator = MersenneTwister(seed: seed)
    self.particles = particles
    self.discardedNormals = discardedNormals
  }

  /// The initial state of the next simulation.
  public mutating func next() -> ChargedParticles.State {
    let n = particles
    let charges = (0..<n).map { _ in generator.uniform() < 0.5 ? -1.0 : 1 }
    let deviation = pow(Double(n) / 5, 1.0 / 3)
    var positions = normals()
    var velocities = normals()
    positions *= deviation
    for p in 0..<n {
      let square =
        (velocities[p, 0] * velocities[p, 0] + velocities[p, 1] * velocities[p, 1])
        + velocities[p, 2] * velocities[p, 2]
      let length = square.squareRoot()
      for a in 0..<3 {
        velocities[p, a] = velocities[p, a] * Self.speed / length
        let wall = positions[p, a] > Self.boxSize ? Self.boxSize : -Self.boxSize
        guard abs(positions[p, a]) > Self.boxSize else { continue }
        positions[p, a] = 2 * wall - positions[p, a]
        velocities[p, a] = wall > 0 ? -abs(velocities[p, a]) : abs(velocities[p, a])
      }
    }
    discard(discardedNormals)
    return ChargedParticles.State(charges: charges, positions: positions, velocities: velocities)
  }

  /// Passes over simulations.
  ///
  /// - Parameter count: not negative.
  public mutating func skip(_ count: Int) {
    precondition(count >= 0, "A number of simulations is not negative")
    for _ in 0..<count {
      for _ in 0..<particles { _ = generator.uniform() }
      discard(6 * particles + discardedNormals)
    }
  }

  /// 3 n normals, direction after direction, as an n × 3 matrix.
  private mutating func normals() -> Matrix<Double> {
    var result = Matrix<Double>(zeros: particles, 3)
    for a in 0..<3 {
      for p in 0..<particles { result[p, a] = normal() }
    }
    return result
  }

  private mutating func normal() -> Double {
    hasPending.toggle()
    return generator.normal()
  }

  /// Throws normals away. Of a pair only the acceptance is decided, without its logarithm.
  private mutating func discard(_ count: Int) {
    var rest = count
    if rest > 0 && hasPending {
      _ = normal()
      rest -= 1
    }
    for _ in 0..<(rest / 2) {
      while true {
        let x = 2 * generator.uniform() - 1
        let y = 2 * generator.uniform() - 1
        let square = x * x + y * y
        if square < 1 && square != 0 { break }
      }
    }
    if rest.isMultiple(of: 2) { return }
    _ = normal()
  }
}
