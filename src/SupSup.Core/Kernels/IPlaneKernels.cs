namespace SupSup.Core.Kernels;

/// <summary>
/// The loops over values of planes: normalisations, activations and sums. Whatever the registers' width, each lane adds in the same
/// order, so every processor computes the same bits.
/// </summary>
internal unsafe interface IPlaneKernels
{
    /// <summary>Adds the sum of values and of their squares.</summary>
    /// <param name="run">The pixels.</param>
    /// <param name="values">The first.</param>
    /// <param name="sum">Added to.</param>
    /// <param name="squares">Added to.</param>
    void Moments(in PlaneRun run, float* values, double* sum, double* squares);

    /// <summary>target = activation((values − mean) · inverse), and 0 for what is no example.</summary>
    /// <param name="run">The pixels.</param>
    /// <param name="values">The first.</param>
    /// <param name="mean">Subtracted.</param>
    /// <param name="inverse">Multiplied by.</param>
    /// <param name="activation">What is done then.</param>
    /// <param name="examples">Bit i is set where lane i is an example.</param>
    /// <param name="target">Receives the first pixel.</param>
    /// <param name="targetRow">Floats from one row of it to the next.</param>
    void Normalize(
        in PlaneRun run, float* values, float mean, float inverse, PlaneActivation activation, uint examples, float* target, int targetRow);

    /// <summary>Adds the sum of the normalised values' gradients, and of those times the values.</summary>
    /// <param name="run">The pixels.</param>
    /// <param name="values">The first, not normalised.</param>
    /// <param name="mean">Their mean.</param>
    /// <param name="inverse">One over their deviation.</param>
    /// <param name="activation">What was done to the normalised values.</param>
    /// <param name="gradients">Gradients of what came out.</param>
    /// <param name="gradientRow">Floats from one row of them to the next.</param>
    /// <param name="sum">Added to.</param>
    /// <param name="product">Added to.</param>
    void GradientMoments(
        in PlaneRun run, float* values, float mean, float inverse, PlaneActivation activation, float* gradients, int gradientRow,
        double* sum, double* product);

    /// <summary>The gradients of what was normalised.</summary>
    /// <param name="run">The pixels.</param>
    /// <param name="values">The first, not normalised.</param>
    /// <param name="back">What is known of the channel.</param>
    /// <param name="activation">What was done to the normalised values.</param>
    /// <param name="gradients">Gradients of what came out.</param>
    /// <param name="gradientRow">Floats from one row of them to the next.</param>
    /// <param name="examples">Bit i is set where lane i is an example.</param>
    /// <param name="adds">Whether to add to what the target has.</param>
    /// <param name="target">Receives the first pixel.</param>
    /// <param name="targetRow">Floats from one row of it to the next.</param>
    void NormalizeBack(
        in PlaneRun run, float* values, PlaneBack back, PlaneActivation activation, float* gradients, int gradientRow, uint examples,
        bool adds, float* target, int targetRow);

    /// <summary>target = activation(left + right).</summary>
    /// <param name="run">The pixels of the left side.</param>
    /// <param name="left">The first.</param>
    /// <param name="right">The first of the other; null for none.</param>
    /// <param name="rightRow">Floats from one row of it to the next.</param>
    /// <param name="activation">What is done then.</param>
    /// <param name="target">Receives the first pixel.</param>
    /// <param name="targetRow">Floats from one row of it to the next.</param>
    void Add(in PlaneRun run, float* left, float* right, int rightRow, PlaneActivation activation, float* target, int targetRow);

    /// <summary>The gradients of a sum, from those of what its activation made of it.</summary>
    /// <param name="run">The pixels of the left side.</param>
    /// <param name="left">The first.</param>
    /// <param name="right">The first of the other; null for none.</param>
    /// <param name="rightRow">Floats from one row of it to the next.</param>
    /// <param name="activation">What was done to the sum.</param>
    /// <param name="gradients">Gradients of what came out; may be the target.</param>
    /// <param name="gradientRow">Floats from one row of them to the next.</param>
    /// <param name="adds">Whether to add to what the target has.</param>
    /// <param name="target">Receives the first pixel.</param>
    /// <param name="targetRow">Floats from one row of it to the next.</param>
    void AddBack(
        in PlaneRun run, float* left, float* right, int rightRow, PlaneActivation activation, float* gradients, int gradientRow, bool adds,
        float* target, int targetRow);
}
