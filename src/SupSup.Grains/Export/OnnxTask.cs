using Google.Protobuf;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;
using DataType = SupSup.Grains.Export.Onnx.TensorProto.Types.DataType;

namespace SupSup.Grains.Export;

/// <summary>
/// One task as a network of its own in the Open Neural Network Exchange format, for any runtime of it: what it takes is as the data are
/// (levels or numbers), normalisation and the names of classes are inside. It knows no other task, and tells no unknown inputs.
/// </summary>
public static class OnnxTask
{
    /// <summary>Makes the file's content.</summary>
    /// <param name="model">The model, of whose tasks only that which is written is looked at.</param>
    /// <param name="task">The task.</param>
    /// <param name="blob">Its mask.</param>
    public static byte[] Write(ModelDescription model, TaskSummary task, PackedMaskBlob blob)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(blob);
        FixedNetwork network = new(Plans.Parse(model.Spec.Plan), model.Spec.Seed, model.Spec.WeightsVersion);
        TaskMask mask = MaskFile.Read(network, blob.File, $"{model.Name}/{task.Task}");
        OnnxGraph graph = new($"{model.Name}-{task.Task}");
        string activations = Inputs(graph, model.Spec, task.Normalization);
        Outputs(graph, new OnnxLayers(graph, network, mask).Add(activations), model.Spec.ClassesOf(task.Classes ?? 0), task.Names);

        Dictionary<string, string> metadata = ExportMetadata.Of(model with { Tasks = [task] });
        metadata["format"] = "supsup-onnx-1";
        string title = task.Names?.Task is { } name ? $"{name} ({task.Task})" : $"{task.Task}";
        return graph.ToModel($"Task {title} of model {model.Name}: {model.Spec}", metadata).ToByteArray();
    }

    // From what is asked about to [rows, inputs] as the network takes them.
    private static string Inputs(OnnxGraph graph, ModelSpec spec, PixelNormalization? normalization)
    {
        IEnumerable<int> shape = spec.InputFormat is { } format ? format.Shape : [spec.Inputs];
        if (normalization is null)
            return graph.Input("input", DataType.Float, [spec.Inputs], "inputs as the data of the task were normalised");
        string input = normalization.Numbers
            ? graph.Input("input", DataType.Float, shape, "the numbers of each row" + Named(spec.InputFormat))
            : graph.Input("input", DataType.Uint8, shape, "levels of 0 to 255");
        string values = input;
        if (!normalization.Numbers)
        {
            values = graph.Add("levels", "Flatten", [input]);
            if (normalization.Even) values = Even(graph, values);
            values = graph.Add("level_values", "Cast", [values], ("to", (int)DataType.Float));
            values = graph.Add("shares", "Div", [values, graph.Constant("full_scale", [255f])]);
        }

        int run = spec.Inputs / normalization.Means.Length;
        string means = graph.Constant("means", Repeated(normalization.Means, run), spec.Inputs);
        string deviations = graph.Constant("deviations", Repeated(normalization.Deviations, run), spec.Inputs);
        return graph.Add("normalised", "Div", [graph.Add("centred", "Sub", [values, means]), deviations]);
    }

    // As PixelNormalization does, in double precision: each row gets its mean and deviation, and a row of one level the mean.
    private static string Even(OnnxGraph graph, string levels)
    {
        string axis = graph.Constant("columns", [1L], 1), zero = graph.Constant("zero", [0.0]);
        string mean = graph.Constant("even_mean", [PixelNormalization.EvenMean]);
        string values = graph.Add("uneven", "Cast", [levels], ("to", (int)DataType.Double));
        string centred = graph.Add("level_distances", "Sub", [values, graph.Add("mean_level", "ReduceMean", [values, axis])]);
        string squares = graph.Add("level_squares", "Mul", [centred, centred]);
        string deviation = graph.Add("level_deviation", "Sqrt", [graph.Add("level_variance", "ReduceMean", [squares, axis])]);
        string wider = graph.Add("wider", "Mul", [centred, graph.Constant("even_deviation", [PixelNormalization.EvenDeviation])]);
        string moved = graph.Add("moved", "Add", [graph.Add("scaled", "Div", [wider, deviation]), mean]);
        string whole = graph.Add("even", "Where", [graph.Add("is_flat", "Equal", [deviation, zero]), mean, moved]);
        return graph.Add(
            "even_levels", "Clip", [graph.Add("rounded", "Round", [whole]), zero, graph.Constant("most", [255.0])]);
    }

    private static void Outputs(OnnxGraph graph, string outputs, int classes, TaskNames? names)
    {
        string logits = graph.Add(
            "logits", "Slice",
            [outputs, graph.Constant("first", [0L], 1), graph.Constant("end", [(long)classes], 1), graph.Constant("axis", [1L], 1)]);
        graph.Output(logits, DataType.Float, [classes], "the outputs of the task's classes");
        graph.Output(
            graph.Add("probabilities", "Softmax", [logits], ("axis", 1)), DataType.Float, [classes], "the probability of each class");
        string label = graph.Add("class", "ArgMax", [logits], ("axis", 1), ("keepdims", 0));
        graph.Output(label, DataType.Int64, [], "the most probable class");
        if (names is not { Classes.IsEmpty: false }) return;
        graph.Output(
            graph.Add("class_name", "Gather", [graph.Constant("class_names", names.Classes), label]), DataType.String, [],
            "what the class is called");
    }

    private static float[] Repeated(IEnumerable<float> values, int times) =>
        [.. values.SelectMany(value => Enumerable.Repeat(value, times))];

    private static string Named(InputFormat? format) => format is { Names.IsEmpty: false } ? $": {string.Join(", ", format.Names)}" : "";
}
