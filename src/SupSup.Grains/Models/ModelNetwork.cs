using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Reservoirs;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Models;

/// <summary>A model's definition in terms of the numerics.</summary>
/// <param name="Spec">The definition, with both plan and sizes.</param>
/// <param name="Network">The fixed network.</param>
/// <param name="Rule">The mask rule.</param>
public sealed record ModelNetwork(ModelSpec Spec, FixedNetwork Network, IMaskRule Rule)
{
    // Far beyond any normalised input, and far below what could overflow in a product of layers.
    private const float LargestInput = 1e6f;

    private readonly Lazy<GainWeights> _gains = new(() => new GainWeights(Network));

    /// <summary>The weights as masks of gains use them, where the model has a reservoir.</summary>
    public GainWeights Gains => _gains.Value;

    /// <summary>Checks that inputs fit the network.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <exception cref="SupSupException">InvalidRequest: no rows, a length that does not fit, or a value that is not finite.</exception>
    public void Check(InputBatch inputs)
    {
        if (inputs.Rows < 1 || inputs.Values.Length != (long)inputs.Rows * Spec.Inputs)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"{inputs.Values.Length} values do not fill {inputs.Rows} rows of {Spec.Inputs} inputs; send at least one row, row by row");
        if (!(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude<float>(inputs.Values) is >= -LargestInput and <= LargestInput))
            throw new SupSupException(
                SupSupError.InvalidRequest, $"an input value is not finite, or beyond {LargestInput:F0}; send normalised inputs");
    }

    /// <summary>Checks that a submitted batch fits the network.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="mostRows">Largest number of rows that the silo takes.</param>
    /// <param name="classes">Number of classes of the task; null for the model's.</param>
    /// <exception cref="SupSupException">InvalidRequest: too many rows, sizes that disagree, or a label that is no class.</exception>
    public void Check(LabelledBatch batch, int mostRows, int? classes = null)
    {
        int most = classes ?? Spec.Classes;
        if (batch.Inputs.Rows > mostRows)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"a batch of {batch.Inputs.Rows} rows is too large (at most {mostRows}, Compute:StreamBatchRows); submit smaller batches");
        Check(batch.Inputs);
        if (batch.Labels.Length != batch.Inputs.Rows)
            throw new SupSupException(
                SupSupError.InvalidRequest, $"{batch.Labels.Length} labels for {batch.Inputs.Rows} rows; send one label per row");
        foreach (int label in batch.Labels)
            if ((uint)label >= (uint)most)
                throw new SupSupException(
                    SupSupError.InvalidRequest, $"label {label} is not one of {most} classes, 0 to {most - 1}");
    }

    /// <summary>Opens the network of one task; thread-safe.</summary>
    /// <param name="mask">The task's mask.</param>
    public IMaskedNetwork Open(TaskMask mask) => NetworkEngines.Open(Network, mask);

    /// <summary>Reads a packed mask of this model.</summary>
    /// <param name="blob">The mask.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <exception cref="SupSupException">Damaged: the mask is damaged or of another network.</exception>
    public TaskMask Read(PackedMaskBlob blob, string name)
    {
        try
        {
            return MaskFile.Read(Network, blob.File, name);
        }
        catch (MaskFileException e)
        {
            throw new SupSupException(SupSupError.Damaged, e.Message);
        }
    }
}
