namespace SupSup.Core.Engines;

/// <summary>
/// What a step trains: it gives the effective weights, and takes their gradients. Parts come from several threads at once.
/// </summary>
internal interface IStepParameters
{
    /// <summary>Values of optimiser state to keep per weight.</summary>
    int StatePerScore { get; }

    /// <summary>Whether effective weights can be made only when all parts are updated, and the step is to do so.</summary>
    bool WaitsForAll => false;

    /// <summary>Called before the parts of an update.</summary>
    /// <param name="rate">Learning rate of a layer, by its index.</param>
    /// <param name="step">Steps done, this one included.</param>
    void Begin(ReadOnlySpan<double> rate, int step);

    /// <summary>Takes the gradients of one part.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="part">Which of its inputs.</param>
    /// <param name="gradients">dL/d(effective weights), [inputs of the part, width]; may be overwritten.</param>
    /// <returns>Whether the part's effective weights are new; false where they wait for other parts.</returns>
    bool Update(StepLayer layer, StepPart part, Span<float> gradients);

    /// <summary>Called for each layer before effective weights are written, unless that is done part by part in an update.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="index">Its index.</param>
    void Gather(StepLayer layer, int index)
    {
    }

    /// <summary>Writes the effective weights of one part.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="part">Which of its inputs.</param>
    void Apply(StepLayer layer, StepPart part);
}
