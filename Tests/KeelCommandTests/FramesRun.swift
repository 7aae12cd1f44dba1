import ArgumentParser
import Foundation
import Keel

@testable import KeelCommand

/// Commands of `keel frames` within this process, for what needs no exit status.
enum FramesRun {
  /// Runs a command without its table.
  static func run(_ arguments: [String]) throws {
    var command = try FramesCommand.parseAsRoot(arguments)
    try command.run()
  }

  /// The sentence with which a command refuses arguments, or nil if it does not.
  static func refusal(_ arguments: [String]) -> String? {
    do {
      try run(arguments)
      return nil
    } catch let error as InputError {
      return error.message
    } catch {
      return FramesCommand.message(for: error)
    }
  }

  /// A cloud without symmetry: a random one, skewed along axes of different lengths.
  static func cloud(_ count: Int, seed: UInt64) -> Matrix<Double> {
    var stream = RandomStream(seed: seed)
    return Matrix(rows: count, columns: 3) { _, j in Double(j + 1) * Double.exp(0.5 * stream.normal()) }
  }

  /// A cloud turned and moved, with its points in another order: row i is the image of point `order[i]`.
  static func moved(_ points: Matrix<Double>, seed: UInt64) -> (points: Matrix<Double>, order: [Int]) {
    var stream = RandomStream(seed: seed)
    let motion = RandomMotion(of: .specialEuclidean, points, relabels: true, using: &stream)
    return (motion.points, motion.order)
  }
}
