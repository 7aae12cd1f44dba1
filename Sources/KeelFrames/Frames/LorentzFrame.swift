public import Keel

/// The frame of a cloud of four-vectors under Lorentz transformations: its rest frame, with the principal axes there.
///
/// With the total momentum `P = Σ x_i`, the boost B from rest to P's velocity and the scatter of the spatial parts of
/// `B⁻¹x_i`, with axes V, the frame is `{B diag(1, V diag(s))}` over all signs s, 2ᵈ⁻¹ elements in d dimensions; over
/// those with determinant 1, 2ᵈ⁻², if reflections are left out. It moves with the cloud: `Λ B(P) = B(ΛP) R` with a
/// rotation R of space (Wigner's), which turns the axes.
///
/// The frame is not bounded: the norm of a boost grows beyond all limits towards the speed of light, see ``boostNorm``,
/// and rounding with it. Errors of averages are of the order `ε · boostNorm²` of those at rest.
public struct LorentzFrame<Scalar: FrameScalar>: FiniteFrame {
  /// Whether reflections of space are left out.
  public let isProper: Bool
  /// The invariant mass `m = √(P₀² - |P|²)` of the total momentum.
  public let mass: Scalar
  /// The four-velocity `P / m`: γ, then γβ.
  public let fourVelocity: [Scalar]
  /// The frame of the spatial parts of the momenta at rest, about the origin.
  public let space: Frame<Scalar>

  /// The frame of momenta.
  ///
  /// - Parameters:
  ///   - momenta: n × d, d at least 2, a four-vector a row with its time component first.
  ///   - isProper: whether reflections of space are left out of the group.
  ///   - tolerance: as for ``Frame/init(principalAxesOf:group:tolerance:)``.
  /// - Complexity: O(n d² + d³).
  /// - Throws: ``FrameError/undefined(argument:reason:)`` if the total momentum is not timelike and directed to the
  ///   future, up to rounding; ``FrameError/empty(argument:)``, ``FrameError/notFinite(argument:position:)``,
  ///   ``FrameError/wrongShape(argument:expected:found:)`` with less than two columns.
  public init(
    restFrameOf momenta: Matrix<Scalar>, isProper: Bool = false, tolerance: Scalar? = nil
  ) throws(FrameError) {
    let (n, d) = (momenta.rows, momenta.columns)
    let name = "momenta"
    guard d >= 2 else {
      throw .wrongShape(argument: name, expected: "of at least 2 columns", found: "\(d) columns")
    }
    guard n > 0 else { throw .empty(argument: name) }
    var largest: Scalar = 0
    for i in 0..<n {
      for j in 0..<d {
        guard momenta[i, j].isFinite else {
          throw .notFinite(argument: name, position: "row \(i), column \(j)")
        }
        largest = max(largest, abs(momenta[i, j]))
      }
    }
    // Sums of momenta divided by the power of two and by n neither overflow nor vanish.
    let unit = largest > 0 ? Scalar(sign: .plus, exponent: largest.exponent, significand: 1) : 1
    var total = [Scalar](repeating: 0, count: d)
    var magnitude: Scalar = 0
    for i in 0..<n {
      for j in 0..<d {
        let part = momenta[i, j] / unit / Scalar(n)
        total[j] += part
        magnitude += abs(part)
      }
    }
    let momentum = total.dropFirst().reduce(0) { $0 + $1 * $1 }.squareRoot()
    // E - |p| is what is left of two rounded sums.
    let rounding = 4 * Scalar.ulpOfOne * Scalar(d) * Scalar(n).squareRoot() * magnitude
    guard total[0] - momentum > rounding else {
      let isFuture = total[0] > 0
      throw .undefined(
        argument: name,
        reason: isFuture
          ? "the total momentum is not timelike, so that there is no rest frame"
          : "the total energy is not positive")
    }
    let mass = ((total[0] - momentum) * (total[0] + momentum)).squareRoot()
    let fourVelocity = total.map { $0 / mass }
    // The time component from the others: then the boost keeps η to rounding, whatever that of the mass.
    let spatial = fourVelocity.dropFirst()
    let exact = [(1 + spatial.reduce(0) { $0 + $1 * $1 }).squareRoot()] + spatial
    let boost = LorentzElement(fourVelocity: exact)
    let rest = boost.inverseTransformed(momenta)
    do throws(FrameError) {
      space = try Frame(
        principalAxesOf: Matrix(rest[columns: 1..<d]),
        group: isProper ? .specialOrthogonal : .orthogonal, tolerance: tolerance)
    } catch {
      throw .undefined(argument: name, reason: "the momenta at rest overflow")
    }
    self.isProper = isProper
    self.mass = mass * Scalar(n) * unit
    self.fourVelocity = exact
  }

  /// The norm `γ(1 + |β|)` of the boost, and of every element: 1 at rest, 14.1 at β = 0.99.
  public var boostNorm: Scalar {
    let momentum = fourVelocity.dropFirst().reduce(0) { $0 + $1 * $1 }.squareRoot()
    return fourVelocity[0] + momentum
  }

  /// The number of elements; `Int.max` if it does not fit.
  public var count: Int { space.count }

  /// The weight of an element.
  ///
  /// - Precondition: the index is in `0..<count`.
  public func weight(_ index: Int) -> Scalar { space.weight(index) }

  /// Element `index`.
  ///
  /// - Complexity: O(d³).
  /// - Precondition: the index is in `0..<count`.
  public subscript(index: Int) -> LorentzElement<Scalar> { boosted(space[index]) }

  /// An element, drawn with the probability that is its weight.
  public func randomElement(using stream: inout RandomStream) -> LorentzElement<Scalar> {
    boosted(space.randomElement(using: &stream))
  }

  private func boosted(_ element: FrameElement<Scalar>) -> LorentzElement<Scalar> {
    LorentzElement(fourVelocity: fourVelocity)
      * LorentzElement(spatial: element.rotation, orientation: element.orientation)
  }
}
