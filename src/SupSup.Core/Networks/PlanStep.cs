using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>One step of a network's wiring, from the activations before it to those after it. A closed set.</summary>
public abstract record PlanStep
{
    private PlanStep()
    {
    }

    /// <summary>What the step makes of activations.</summary>
    /// <param name="before">The activations before it.</param>
    /// <exception cref="ArgumentException">It cannot take them.</exception>
    public abstract PlaneShape After(PlaneShape before);

    /// <summary>This step and those inside it that do something to activations, in the order in which their matrices are masked.</summary>
    public virtual IEnumerable<PlanStep> Leaves => [this];

    /// <summary>The matrix that a mask covers; null where the step has none.</summary>
    public virtual LayerShape? Masked => null;

    /// <summary>How far beyond an edge a window of odd size looks, so that it is centred; one of even size begins at the edge.</summary>
    private static int Beyond(int window) => (window - 1) / 2;

    private static int Windows(int length, int window, int stride) =>
        length + (2 * Beyond(window)) < window ? 0 : ((length + (2 * Beyond(window)) - window) / stride) + 1;

    private static PlaneShape Fits(PlaneShape after, PlaneShape before, string what, int window) => after is { Rows: >= 1, Columns: >= 1 }
        ? after : throw new ArgumentException(
            $"planes of {before.Rows}x{before.Columns} are too small for a {what} of {window}x{window}; use fewer pools and strides before "
            + "it, or larger pictures (?size=)");

    /// <summary>y = W x, without bias; the matrix is one of those that a mask covers.</summary>
    /// <param name="Weights">Its size.</param>
    public sealed record Linear(LayerShape Weights) : PlanStep
    {
        /// <inheritdoc/>
        public override LayerShape? Masked => Weights;

        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => before == PlaneShape.Vector(Weights.FanIn)
            ? PlaneShape.Vector(Weights.Outputs)
            : throw new ArgumentException(
                $"a linear layer takes {Weights.FanIn} values, not {before}; flatten or average planes before it");
    }

    /// <summary>
    /// A convolution without bias, zeros beyond the edges. Its matrix is [outputs, inputs · window · window], columns by input channel,
    /// then by row and column of the window.
    /// </summary>
    /// <param name="Inputs">Input channels.</param>
    /// <param name="Outputs">Output channels.</param>
    /// <param name="Window">Side of the window.</param>
    /// <param name="Stride">Pixels from one window to the next.</param>
    public sealed record Convolve(int Inputs, int Outputs, int Window, int Stride) : PlanStep
    {
        /// <summary>Zeros beyond each edge.</summary>
        public int Padding => Beyond(Window);

        /// <inheritdoc/>
        public override LayerShape? Masked => Weights;

        /// <summary>Its matrix.</summary>
        public LayerShape Weights => new(Outputs, Inputs * Window * Window, Window * Window);

        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before)
        {
            if (before.Channels != Inputs) throw new ArgumentException($"a convolution takes {Inputs} channels, not {before}");
            if ((long)Inputs * Window * Window > int.MaxValue)
                throw new ArgumentException($"a window of {Window}x{Window} over {Inputs} planes has too many weights; use a smaller one");
            PlaneShape after = new(Outputs, Windows(before.Rows, Window, Stride), Windows(before.Columns, Window, Stride));
            return Fits(after, before, "convolution", Window);
        }
    }

    /// <summary>
    /// (x - mean) / sqrt(variance + <see cref="Epsilon"/>) for each channel: batch normalisation without scale and shift. In training mean
    /// and variance are the batch's; afterwards they are running ones of the task's own training, or again those of the batch.
    /// </summary>
    /// <param name="Channels">Channels.</param>
    /// <param name="OfBatch">Whether answers, too, go by the statistics of the batch that is asked about.</param>
    public sealed record Normalize(int Channels, bool OfBatch = false) : PlanStep
    {
        /// <summary>Added to variances.</summary>
        public const float Epsilon = 1e-5f;

        /// <summary>What a batch counts for in the running statistics.</summary>
        public const float Momentum = 0.1f;

        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => before.Channels == Channels
            ? before : throw new ArgumentException($"a normalisation takes {Channels} channels, not {before}");
    }

    /// <summary>y = max(0, x).</summary>
    public sealed record Relu : PlanStep
    {
        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => before;
    }

    /// <summary>y = x / (1 + e^-x).</summary>
    public sealed record Swish : PlanStep
    {
        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => before;
    }

    /// <summary>The largest value of each window; what is beyond the edges does not count.</summary>
    /// <param name="Window">Side of the window.</param>
    /// <param name="Stride">Pixels from one window to the next.</param>
    public sealed record MaxPool(int Window, int Stride) : PlanStep
    {
        /// <summary>Pixels beyond each edge that a window may cover.</summary>
        public int Padding => Beyond(Window);

        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => Fits(
            before with { Rows = Windows(before.Rows, Window, Stride), Columns = Windows(before.Columns, Window, Stride) },
            before,
            "pool",
            Window);
    }

    /// <summary>The mean of each plane.</summary>
    public sealed record Average : PlanStep
    {
        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => PlaneShape.Vector(before.Channels);
    }

    /// <summary>The values of all planes as one vector, plane by plane, row by row.</summary>
    public sealed record Flatten : PlanStep
    {
        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before) => PlaneShape.Vector(before.Length);
    }

    /// <summary>y = body(x) + shortcut(x), the sum of residual networks (He et al. 2015).</summary>
    /// <param name="Body">At least one step.</param>
    /// <param name="Shortcut">Empty for x itself.</param>
    public sealed record Residual(ImmutableArray<PlanStep> Body, ImmutableArray<PlanStep> Shortcut) : PlanStep
    {
        /// <inheritdoc/>
        public override IEnumerable<PlanStep> Leaves => Body.Concat(Shortcut).SelectMany(step => step.Leaves);

        /// <inheritdoc/>
        public override PlaneShape After(PlaneShape before)
        {
            PlaneShape body = Body.Aggregate(before, (shape, step) => step.After(shape));
            PlaneShape shortcut = Shortcut.Aggregate(before, (shape, step) => step.After(shape));
            return body == shortcut
                ? body
                : throw new ArgumentException(
                    $"a residual's body makes {body} of {before} and its shortcut {shortcut}, which cannot be added");
        }

        /// <inheritdoc/>
        public bool Equals(Residual? other) =>
            other is not null && Body.SequenceEqual(other.Body) && Shortcut.SequenceEqual(other.Shortcut);

        /// <inheritdoc/>
        public override int GetHashCode() => Leaves.Aggregate(Body.Length, HashCode.Combine);
    }
}
