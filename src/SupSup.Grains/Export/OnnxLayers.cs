using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;
using DataType = SupSup.Grains.Export.Onnx.TensorProto.Types.DataType;

namespace SupSup.Grains.Export;

/// <summary>The steps of a network under one mask as operators of a graph.</summary>
/// <param name="graph">The graph.</param>
/// <param name="network">The fixed network.</param>
/// <param name="mask">The mask, with its statistics.</param>
internal sealed class OnnxLayers(OnnxGraph graph, FixedNetwork network, TaskMask mask)
{
    private int _layer;
    private int _channel;
    private int _step;
    private int _reshaped;

    /// <summary>Adds all steps.</summary>
    /// <param name="inputs">The inputs as the network takes them, [rows, inputs].</param>
    /// <returns>The logits, [rows, outputs].</returns>
    public string Add(string inputs) => Flat(Chain(network.Plan.Steps, new Value(inputs, network.Plan.Input, IsFlat: true))).Name;

    private Value Chain(ImmutableArray<PlanStep> steps, Value value) => steps.Aggregate(value, Step);

    private Value Step(Value value, PlanStep step)
    {
        int n = ++_step;
        Value next = step switch
        {
            PlanStep.Linear linear => Linear(Flat(value), linear.Weights),
            PlanStep.Convolve convolve => Convolve(Planes(value), convolve),
            PlanStep.Normalize normalize => value with
            {
                Name = normalize.OfBatch ? ByBatch(value, n) : ByStatistics(value.Name, normalize.Channels, n),
            },
            PlanStep.Relu => value with { Name = graph.Add($"activations{n}", "Relu", [value.Name]) },
            PlanStep.Swish => value with
            {
                Name = graph.Add($"activations{n}", "Mul", [value.Name, graph.Add($"gates{n}", "Sigmoid", [value.Name])]),
            },
            PlanStep.MaxPool pool => Pool(Planes(value), pool, n),
            PlanStep.Average => new Value(
                graph.Add($"average{n}", "ReduceMean", [Planes(value).Name, Axes([2, 3], n)], ("keepdims", 0)), default, IsFlat: true),
            PlanStep.Flatten => Flat(value),
            PlanStep.Residual residual => Residual(value, residual, n),
            _ => throw new SupSupException(SupSupError.InvalidRequest, $"a step {step} cannot be written as ONNX"),
        };
        return next with { Shape = step.After(value.Shape) };
    }

    private Value Linear(Value value, LayerShape shape)
    {
        // The scale is a setting of the product.
        int l = _layer++;
        string matrix = Signs(l, shape.Outputs, shape.FanIn);
        return value with { Name = graph.Add($"layer{l}", "Gemm", [value.Name, matrix], ("transB", 1), ("alpha", network.Scale(l))) };
    }

    private Value Convolve(Value value, PlanStep.Convolve step)
    {
        int l = _layer++;
        string signs = Signs(l, step.Outputs, step.Inputs, step.Window, step.Window);
        string weights = graph.Add($"layer{l}.weights", "Mul", [signs, graph.Constant($"layer{l}.scale", [network.Scale(l)])]);
        return value with
        {
            Name = graph.Add($"layer{l}", "Conv", [value.Name, weights], Windows(step.Window, step.Stride, step.Padding)),
        };
    }

    private Value Pool(Value value, PlanStep.MaxPool step, int n) => value with
    {
        Name = graph.Add($"pool{n}", "MaxPool", [value.Name], Windows(step.Window, step.Stride, step.Padding)),
    };

    // Every weight is c or -c: the signs are kept, 0 where the mask drops one.
    private string Signs(int l, params long[] shape)
    {
        ReadOnlySpan<byte> bits = mask.Layer(l);
        ReadOnlySpan<float> weights = network.Weights(l);
        sbyte[] signs = new sbyte[weights.Length];
        for (int n = 0; n < signs.Length; n++)
            if ((bits[n >> 3] >> (n & 7) & 1) != 0) signs[n] = (sbyte)Math.Sign(weights[n]);
        return graph.Add($"layer{l}.matrix", "Cast", [graph.Constant($"layer{l}.signs", signs, shape)], ("to", (int)DataType.Float));
    }

    private string ByStatistics(string value, int channels, int n)
    {
        int first = _channel;
        _channel += channels;
        float[] Own(ImmutableArray<Half> values) => [.. values.Skip(first).Take(channels).Select(each => (float)each)];
        string Constant(string name, float[] values) => graph.Constant($"norm{n}.{name}", values, channels);
        return graph.Add(
            $"norm{n}",
            "BatchNormalization",
            [
                value, Constant("scale", [.. Enumerable.Repeat(1f, channels)]), Constant("shift", new float[channels]),
                Constant("mean", Own(mask.Statistics!.Means)), Constant("variance", Own(mask.Statistics.Variances)),
            ],
            ("epsilon", PlanStep.Normalize.Epsilon));
    }

    private string ByBatch(Value value, int n)
    {
        string axes = Axes(value.IsFlat ? [0] : [0, 2, 3], n);
        string mean = graph.Add($"norm{n}.mean", "ReduceMean", [value.Name, axes]);
        string centred = graph.Add($"norm{n}.centred", "Sub", [value.Name, mean]);
        string variance = graph.Add(
            $"norm{n}.variance", "ReduceMean", [graph.Add($"norm{n}.squares", "Mul", [centred, centred]), axes]);
        string wider = graph.Add(
            $"norm{n}.wider", "Add", [variance, graph.Constant($"norm{n}.epsilon", [PlanStep.Normalize.Epsilon])]);
        return graph.Add($"norm{n}", "Div", [centred, graph.Add($"norm{n}.deviation", "Sqrt", [wider])]);
    }

    private Value Residual(Value value, PlanStep.Residual residual, int n)
    {
        Value body = Chain(residual.Body, value), shortcut = Chain(residual.Shortcut, value);
        bool isFlat = body.IsFlat && shortcut.IsFlat;
        return body with
        {
            Name = graph.Add($"sum{n}", "Add", isFlat ? [body.Name, shortcut.Name] : [Planes(body).Name, Planes(shortcut).Name]),
            IsFlat = isFlat,
        };
    }

    private string Axes(long[] axes, int n) => graph.Constant($"axes{n}", axes, axes.Length);

    private static (string, object)[] Windows(int window, int stride, int padding) =>
    [
        ("kernel_shape", new long[] { window, window }), ("strides", new long[] { stride, stride }),
        ("pads", new long[] { padding, padding, padding, padding }),
    ];

    private Value Flat(Value value) => value.IsFlat ? value
        : value with { Name = graph.Add($"flat{++_reshaped}", "Flatten", [value.Name]), IsFlat = true };

    private Value Planes(Value value)
    {
        if (!value.IsFlat) return value;
        string name = $"planes{++_reshaped}";
        long[] sizes = [-1, value.Shape.Channels, value.Shape.Rows, value.Shape.Columns];
        return value with
        {
            Name = graph.Add(name, "Reshape", [value.Name, graph.Constant($"{name}.sizes", sizes, sizes.Length)]),
            IsFlat = false,
        };
    }

    // Planes are [rows, channels, height, width]; where they are flat, [rows, values].
    private readonly record struct Value(string Name, PlaneShape Shape, bool IsFlat);
}
