import Keel
import KeelMixed
import RealModule

extension MixedChecks {
  /// The recursion of the paper, for many vertices.
  static let gibbsProgramme = Check(
    id: "mixed.gibbs-programme",
    statement:
      "The closed forms of ln Z, μ, H and KL are what the dynamic programme over three labels gives.",
    source: paper + ", section 4, which evaluates this law by the programme",
    trials: [.quick: 30, .standard: 300, .full: 2000]
  ) { context -> [Comparison] in
    let problem = try GibbsProblem(context, largest: context.index % 10 == 9 ? 2000 : 60)
    let programme = try PublishedNonEmptyBitVector<Double>(weights: problem.law.weights)
    return programmeComparisons(problem, programme)
  }

  /// The same in the type that the published class keeps its tables in.
  static let floatTablesPublished = Check(
    id: "mixed.float-tables-published",
    statement:
      "Scores of 64 bits give ln Z, μ and H to 1e-12 from tables in the default type of the framework.",
    source: "The software of Farinhas et al. (2022), class NonEmptyBitVector, whose tables have 32 bits",
    expectation: .violated(repairedBy: "mixed.gibbs-programme"),
    trials: [.quick: 30, .standard: 300, .full: 2000], problemStream: "mixed.gibbs-programme",
    cases: [
      Check.NamedCase("four-vertices", expected: .violated) { _ -> [Comparison] in
        let problem = try GibbsProblem(weights: [0.5, -1, 0.25, -0.3])
        return programmeComparisons(
          problem, try PublishedNonEmptyBitVector<Float>(weights: problem.law.weights))
      }
    ]
  ) { context -> [Comparison] in
    let problem = try GibbsProblem(context, largest: context.index % 10 == 9 ? 2000 : 60)
    let programme = try PublishedNonEmptyBitVector<Float>(weights: problem.law.weights)
    return programmeComparisons(problem, programme)
  }

  private static func programmeComparisons<Scalar: MixedScalar>(
    _ problem: GibbsProblem, _ programme: PublishedNonEmptyBitVector<Scalar>
  ) -> [Comparison] {
    let law = problem.law
    let marginalError = zip(law.marginals, programme.marginals).reduce(0.0) {
      max($0, ($1.0 - Double($1.1)).magnitude)
    }
    // Exponents that large round by as much, relative to the probabilities; and each step of the programme rounds a
    // logarithm that goes up to ln Z, in the same direction if all weights are the same.
    let steps = Double.ulpOfOne * Double(law.coordinateCount) * law.logNormalizer.magnitude
    let tolerance = 1e-12 * problem.size + steps
    return [
      .equal(
        Double(programme.logNormalizer), law.logNormalizer, tolerance: tolerance, part: "ln Z",
        parameters: problem.parameters),
      .atMost(marginalError, 0, tolerance: tolerance, part: "μ", parameters: problem.parameters),
      .equal(
        Double(programme.entropy), law.entropy, tolerance: tolerance * problem.size, part: "H",
        parameters: problem.parameters),
    ]
  }
}
