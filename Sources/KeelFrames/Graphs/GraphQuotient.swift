public import Keel

/// A frame of a graph modulo the graph's automorphisms: its distinct canonical forms.
///
/// A frame is a union of cosets `Aut(X)·g`, each of as many elements as there are automorphisms, all with the same form
/// `g⁻¹X`. An invariant average needs each form once. An equivariant one needs the cosets; for outputs at the vertices
/// the sum over a coset is the mean over the orbits of the automorphisms, so that again each form is evaluated once:
///
///     1/|F| Σ_{g ∈ F} g·Φ(g⁻¹X) = A( 1/m Σ_{k=1}^m g_k·Φ(g_k⁻¹X) ),
///
/// where A replaces the output of a vertex by the mean over its orbit.
///
/// Source: Puny et al. (2022), theorem 3, for the invariant case.
public struct GraphQuotient<G: LabeledGraph>: Sendable {
  /// The distinct graphs `g⁻¹X`.
  public let forms: [G]
  /// For each form one g.
  public let representatives: [Permutation]
  /// The number of elements of the frame for each form, the same for all: that of the automorphisms; `Int.max` if it
  /// does not fit.
  public let multiplicity: Int
  /// The vertices that automorphisms map to each other.
  public let orbits: [[Int]]

  /// The number m of forms.
  public var count: Int { forms.count }

  /// The invariant average `1/|F| Σ_{g ∈ F} φ(g⁻¹X)`.
  ///
  /// - Parameter function: φ; it must return equally many numbers for each form.
  /// - Complexity: m evaluations of φ.
  /// - Throws: what φ throws.
  public func average<Failure: Error>(
    _ function: (G) throws(Failure) -> [Double]
  ) throws(Failure) -> [Double] {
    var sum: [Double] = []
    for form in forms {
      let value = try function(form)
      precondition(
        sum.isEmpty || sum.count == value.count, "A function has equally many outputs for all graphs")
      sum = sum.isEmpty ? value : zip(sum, value).map { $0 + $1 }
    }
    return sum.map { $0 / Double(count) }
  }

  /// The equivariant average `1/|F| Σ_{g ∈ F} g·Φ(g⁻¹X)` of outputs at the vertices.
  ///
  /// - Parameter function: Φ; a row a vertex, equally wide for each form.
  /// - Complexity: m evaluations of Φ.
  /// - Throws: what Φ throws.
  public func vertexAverage<Failure: Error>(
    _ function: (G) throws(Failure) -> Matrix<Double>
  ) throws(Failure) -> Matrix<Double> {
    var sum: Matrix<Double>?
    for (form, element) in zip(forms, representatives) {
      let value = element.transformed(try function(form))
      if let old = sum {
        precondition(old.columns == value.columns, "A function has equally wide outputs for all graphs")
        sum = Matrix(rows: old.rows, columns: old.columns) { old[$0, $1] + value[$0, $1] }
      } else {
        sum = value
      }
    }
    guard let sum else { return Matrix(zeros: 0, 0) }
    var result = sum
    for orbit in orbits {
      for column in 0..<sum.columns {
        let total = orbit.reduce(0) { $0 + sum[$1, column] }
        for vertex in orbit { result[vertex, column] = total / Double(orbit.count * count) }
      }
    }
    return result
  }
}
