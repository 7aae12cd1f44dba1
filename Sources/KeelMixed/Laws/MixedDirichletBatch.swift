public import Keel
import RealModule

/// Mixed Dirichlet laws, one a row: those that a network gives its examples.
///
/// ```swift
/// let laws = try MixedDirichletBatch(weights: w, concentrations: a)  // what the network says, n × K each
/// let y = laws.samples(using: RandomStream(seed: step))
/// // The network that reads y.outcomes gives each example a loss, and its derivative c by y.
/// var gradient = laws.pathGradients(at: y, cotangents: c)
/// gradient += laws.faceScoreGradients(at: y.outcomes, factors: losses)
/// ```
///
/// All rows are computed in double precision. Results do not depend on the number of threads.
public struct MixedDirichletBatch<Scalar: MixedScalar>: Sendable {
  /// The weights w, a row for each law.
  public let weights: Matrix<Scalar>
  /// The concentrations α, a row for each law.
  public let concentrations: Matrix<Scalar>

  /// Laws with some weights and concentrations.
  ///
  /// - Parameters:
  ///   - weights: w, n × K with K ≥ 1, each at most 1e100 in magnitude.
  ///   - concentrations: α, n × K, each in 1e-100...1e100.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)``,
  ///   ``MixedError/outOfRange(argument:expected:found:)``.
  public init(weights: Matrix<Scalar>, concentrations: Matrix<Scalar>) throws(MixedError) {
    guard weights.rows == concentrations.rows, weights.columns == concentrations.columns else {
      throw .wrongShape(
        argument: "concentrations", expected: "\(weights.rows) × \(weights.columns), as the weights",
        found: "\(concentrations.rows) × \(concentrations.columns)")
    }
    if weights.rows > 0 {
      _ = try GibbsFaces.validated(weights.elements.map { Double($0) })
      try MixedDirichlet.requireConcentrations(concentrations.elements.map { Double($0) })
    }
    self.weights = weights
    self.concentrations = concentrations
  }

  /// The number n of laws.
  public var rows: Int { weights.rows }

  /// The number K of coordinates of an outcome.
  public var coordinateCount: Int { weights.columns }

  /// The law of a row.
  public subscript(row: Int) -> MixedDirichlet {
    MixedDirichlet(
      faces: GibbsFaces(sound: weights.row(row).map { Double($0) }),
      sound: concentrations.row(row).map { Double($0) })
  }

  /// ln Z of the faces of each row, by the kernel of ``MixedScalar/faceLogNormalizers(ofRows:)``.
  public func logNormalizers() -> [Scalar] { Scalar.faceLogNormalizers(ofRows: weights) }

  /// The entropy H⊕ of each row; see ``MixedDirichlet/entropy()``.
  ///
  /// - Parameter threads: the largest number of threads; `Runtime.threads` if nil.
  public func entropies(threads: Int? = nil) -> [MixedEntropy] {
    Parallel.map(rows, chunk: chunk, threads: threads) { self[$0].entropy() }
  }

  /// ln p⊕ of an outcome of each row.
  ///
  /// - Parameters:
  ///   - outcomes: y, n × K.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  /// - Throws: ``MixedError`` that names the first row that is no point of the simplex.
  public func logDensities(of outcomes: Matrix<Scalar>, threads: Int? = nil) throws(MixedError) -> [Scalar] {
    requireShape(of: outcomes)
    return try Parallel.map(rows, chunk: chunk, threads: threads) { (row) throws(MixedError) in
      let outcome = outcomes.row(row).map { Double($0) }
      do throws(MixedError) {
        return Scalar(try self[row].logDensity(of: outcome))
      } catch {
        throw error.inRow(row)
      }
    }
  }

  /// Draws an outcome of each row, row r from `stream.stream(r)`.
  ///
  /// - Parameters:
  ///   - stream: whose derived streams the numbers come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  public func samples(using stream: RandomStream, threads: Int? = nil) -> MixedDirichletSamples<Scalar> {
    var outcomes = Matrix<Scalar>(zeros: rows, coordinateCount)
    var logTotals = [Scalar](repeating: 0, count: rows)
    outcomes.withUnsafeMutableElements { outcomes in
      guard let outcomes else { return }
      logTotals.withUnsafeMutableBufferPointer { logTotals in
        // Each row is written by the one thread that has it.
        nonisolated(unsafe) let (outcomes, logTotals) = (outcomes, logTotals)
        Parallel.forEach(rows, chunk: chunk, threads: threads) { range in
          for row in range {
            let law = self[row]
            var part = stream.stream(row)
            let face = law.faces.sample(using: &part)
            let logGammas = law.logGammas(on: face, using: &part)
            let target = UnsafeMutableBufferPointer(
              start: outcomes + row * coordinateCount, count: coordinateCount)
            logTotals[row] = Scalar(law.fillShares(of: logGammas, on: face, into: target))
          }
        }
      }
    }
    return MixedDirichletSamples(outcomes: outcomes, logTotals: logTotals)
  }

  /// The number of rows that are a few thousand coordinates.
  private var chunk: Int { max(1, 4096 / max(coordinateCount, 1)) }

  func requireShape(of matrix: Matrix<Scalar>) {
    precondition(
      matrix.rows == rows && matrix.columns == coordinateCount,
      "There must be a row of coordinates for each law.")
  }
}

/// Outcomes of ``MixedDirichletBatch``, one of each row.
public struct MixedDirichletSamples<Scalar: MixedScalar>: Sendable, Equatable {
  /// The outcomes y, n × K. They are exactly 0 outside their face, and positive inside.
  public let outcomes: Matrix<Scalar>
  /// ln Σ g of the gamma numbers whose shares the outcomes are, one a row; 0 for a vertex. Paths depend on it.
  public let logTotals: [Scalar]
}

// MARK: Gradients

/// Derivatives by the parameters of ``MixedDirichletBatch``.
public struct MixedDirichletGradients<Scalar: MixedScalar>: Sendable, Equatable {
  /// By the weights, n × K.
  public var weights: Matrix<Scalar>
  /// By the concentrations, n × K.
  public var concentrations: Matrix<Scalar>

  /// Adds derivatives of another objective.
  public static func += (sum: inout MixedDirichletGradients, other: MixedDirichletGradients) {
    sum.weights += other.weights
    sum.concentrations += other.concentrations
  }
}

extension MixedDirichletBatch {
  /// (∂y/∂α)ᵀc of each row: the derivatives of an objective through the outcomes, for fixed faces. Those by the weights
  /// are zero.
  ///
  /// - Parameters:
  ///   - samples: the outcomes y, as they were drawn.
  ///   - cotangents: c, the derivatives of the objective by the outcomes, n × K.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  public func pathGradients(
    at samples: MixedDirichletSamples<Scalar>, cotangents: Matrix<Scalar>, threads: Int? = nil
  ) -> MixedDirichletGradients<Scalar> {
    requireShape(of: samples.outcomes)
    requireShape(of: cotangents)
    return gradients(threads: threads) { row in
      let (y, c) = (samples.outcomes.row(row).map { Double($0) }, cotangents.row(row).map { Double($0) })
      let mean = zip(y, c).reduce(0) { $0 + $1.0 * $1.1 }
      var gradient = [Double](repeating: 0, count: 2 * coordinateCount)
      for k in y.indices where y[k] > 0 && y[k] < 1 {
        let logGamma = Double.log(y[k]) + Double(samples.logTotals[row])
        let alpha = Double(concentrations[row, k])
        let slope = StandardGamma.logSampleDerivative(logSample: logGamma, shape: alpha)
        gradient[coordinateCount + k] = y[k] * (c[k] - mean) * slope
      }
      return gradient
    }
  }

  /// Multiples of the scores of the faces, ∂ ln P(F = f)/∂w; the derivatives by the concentrations are zero.
  ///
  /// - Parameters:
  ///   - outcomes: y, n × K; f is the support of a row.
  ///   - factors: what each row is multiplied by: its loss, less a baseline.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  public func faceScoreGradients(
    at outcomes: Matrix<Scalar>, factors: [Scalar], threads: Int? = nil
  ) -> MixedDirichletGradients<Scalar> {
    requireShape(of: outcomes)
    precondition(factors.count == rows, "There must be a factor for each row.")
    return gradients(threads: threads) { row in
      let faces = GibbsFaces(sound: weights.row(row).map { Double($0) })
      var gradient = [Double](repeating: 0, count: 2 * coordinateCount)
      gradient.withUnsafeMutableBufferPointer { gradient in
        guard let gradient = gradient.baseAddress else { return }
        faces.addScore(weight: Double(factors[row]), into: gradient) { outcomes[row, $0] != 0 }
      }
      return gradient
    }
  }

  /// Multiples of the scores ∂ ln p⊕(y)/∂(w, α), as maximum likelihood needs them.
  ///
  /// - Parameters:
  ///   - outcomes: y, n × K.
  ///   - factors: what each row is multiplied by.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  public func scoreGradients(
    at outcomes: Matrix<Scalar>, factors: [Scalar], threads: Int? = nil
  ) -> MixedDirichletGradients<Scalar> {
    requireShape(of: outcomes)
    precondition(factors.count == rows, "There must be a factor for each row.")
    return gradients(threads: threads) { row in
      let (law, y) = (self[row], outcomes.row(row).map { Double($0) })
      var gradient = [Double](repeating: 0, count: 2 * coordinateCount)
      gradient.withUnsafeMutableBufferPointer { gradient in
        y.withUnsafeBufferPointer {
          law.addScore(unchecked: $0, weight: Double(factors[row]), into: gradient)
        }
      }
      return gradient
    }
  }

  /// Multiples of the gradients of the entropies, exact; see ``MixedDirichlet/entropyGradient(resolution:)``.
  ///
  /// - Parameters:
  ///   - factors: what each row is multiplied by: -1 for the divergence from a maximum-entropy law.
  ///   - resolution: N, the bits of a free coordinate.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  public func entropyGradients(
    factors: [Scalar], resolution: Double = 0, threads: Int? = nil
  ) -> MixedDirichletGradients<Scalar> {
    precondition(factors.count == rows, "There must be a factor for each row.")
    return gradients(threads: threads) { row in
      self[row].entropyGradient(resolution: resolution).map { $0 * Double(factors[row]) }
    }
  }

  /// Gradients from 2 K numbers a row, the weights first.
  private func gradients(
    threads: Int?, _ row: @Sendable (Int) -> [Double]
  ) -> MixedDirichletGradients<Scalar> {
    let values = Parallel.map(rows, chunk: chunk, threads: threads, row)
    return MixedDirichletGradients(
      weights: Matrix(rows: rows, columns: coordinateCount) { Scalar(values[$0][$1]) },
      concentrations: Matrix(rows: rows, columns: coordinateCount) {
        Scalar(values[$0][coordinateCount + $1])
      })
  }
}
