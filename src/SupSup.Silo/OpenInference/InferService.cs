using Microsoft.AspNetCore.Http;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.OpenInference;

/// <summary>Answers inference requests, whichever way they come.</summary>
/// <param name="grains">The silo.</param>
/// <param name="normalization">How pixels become inputs.</param>
/// <param name="settings">How many rows are taken.</param>
/// <param name="statistics">Counts requests.</param>
/// <param name="callers">Knows which tasks are a caller's.</param>
internal sealed class InferService(
    IGrainFactory grains, InputNormalization normalization, HttpSettings settings, InferStatistics statistics, LimitedCallers callers)
    : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    /// <summary>What a version of a model takes and gives.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="version">Its version; null or empty for the one that it has by itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model or version.</exception>
    public async Task<VersionDescription> DescribeAsync(
        CallerLimits limits, string model, string? version, CancellationToken cancellationToken)
    {
        ModelSpec spec = await SpecAsync(model, cancellationToken);
        InputFormat? format = await FormatAsync(limits, model, spec, cancellationToken);
        string[] versions = format?.IsImages == true ? [ModelTensors.Version, ModelTensors.ImageVersion] : [ModelTensors.Version];
        if (string.IsNullOrEmpty(version)) version = ModelTensors.Version;
        if (!versions.Contains(version))
            throw new SupSupException(SupSupError.NotFound,
                $"model '{model}' has no version '{version}'; ask for version {string.Join(" or ", versions)}, or for none");
        bool isImage = version == ModelTensors.ImageVersion;
        return new(
            version,
            versions,
            isImage
                ? new(ModelTensors.Input, "UINT8", [-1, .. format!.Shape])
                : new(ModelTensors.Input, "FP32", [-1, spec.Inputs]),
            isImage,
            isImage ? [.. ModelTensors.Outputs.Where(output => output.Name == ClassProbabilities.Output)] : ModelTensors.Outputs,
            settings.MaxRows,
            await PropertiesAsync(limits, model, cancellationToken));
    }

    /// <summary>Makes a request of a file that is the body of one, see <see cref="FileInputs"/>.</summary>
    /// <exception cref="SupSupException">NotFound, or InvalidRequest.</exception>
    public async Task<InferRequest> ReadAsync(
        CallerLimits limits, string model, string type, byte[] content, IQueryCollection query, CancellationToken cancellationToken)
    {
        ModelSpec spec = await SpecAsync(model, cancellationToken);
        InputFormat? format = await FormatAsync(limits, model, spec, cancellationToken);
        if (format is null)
        {
            if (await normalization.OfModelAsync(limits, model, cancellationToken) is { Normalization: null, Problem: null })
                throw new SupSupException(SupSupError.NotFound,
                    $"model '{model}' has learned no task yet, whose data would say how {type} becomes its input; train one first");
            throw Invalid($"model '{model}' does not say what its inputs are, so no {type} can be made its input; send "
                + $"'{ModelTensors.Input}' as JSON, or give the model an inputFormat when it is created");
        }

        // One at a time: what a small file unfolds to may be large.
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return FileInputs.Read(type, content, query, format, settings.MaxRows);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Infers task and class of each row, or the class where the request says the task; of a caller that is limited to tasks the
    /// task is sought among these.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="version">Its version; null or empty for the one that it has by itself.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The version that answered, and the outputs that were asked for.</returns>
    /// <exception cref="SupSupException">What the request, the model or the cluster made impossible.</exception>
    public async Task<(string Version, OutputTensor[] Outputs)> InferAsync(
        CallerLimits limits, string model, string? version, InferRequest request, CancellationToken cancellationToken)
    {
        // The usual version costs no question to the model.
        if (string.IsNullOrEmpty(version)) version = ModelTensors.Version;
        if (version != ModelTensors.Version)
        {
            VersionDescription described = await DescribeAsync(limits, model, version, cancellationToken);
            if (request.Outputs.Count == 0)
                request = request with { Outputs = [.. described.Outputs.Select(output => new RequestedOutput(output.Name))] };
        }

        return (version, await statistics.CountAsync(
            model, () => (int)RowsOf(request.Inputs[0]), () => AnswerAsync(limits, model, request, cancellationToken),
            () => SpecAsync(model, cancellationToken)));
    }

    private Task<ModelSpec> SpecAsync(string model, CancellationToken cancellationToken) =>
        grains.Coordinator(model).GetSpecAsync(cancellationToken);

    private async Task<InputFormat?> FormatAsync(
        CallerLimits limits, string model, ModelSpec spec, CancellationToken cancellationToken) => spec.InputFormat
        ?? FileInputs.Likely(spec.Inputs, (await normalization.OfModelAsync(limits, model, cancellationToken)).Normalization);

    private async Task<Dictionary<string, string>> PropertiesAsync(CallerLimits limits, string model, CancellationToken cancellationToken)
    {
        if ((await normalization.OfModelAsync(limits, model, cancellationToken)).Normalization is not { } common) return [];
        Dictionary<string, string> properties = new()
        {
            ["input_means"] = PixelNormalization.Text(common.Means),
            ["input_deviations"] = PixelNormalization.Text(common.Deviations),
        };
        if (common.Numbers) properties["inputs"] = "numbers";
        if (common.Even) properties["levels"] = "even";
        return properties;
    }

    private async Task<OutputTensor[]> AnswerAsync(
        CallerLimits limits, string model, InferRequest request, CancellationToken cancellationToken)
    {
        InferParameters parameters = new(request.Parameters);
        InferenceOptions options = parameters.ToOptions();
        foreach (RequestedOutput asked in request.Outputs)
        {
            if (ModelTensors.Outputs.All(output => output.Name != asked.Name))
                throw Invalid(
                    $"unknown output '{asked.Name}'; use {string.Join(", ", ModelTensors.Outputs.Select(output => output.Name))}");
            if (asked.TopClasses > 0 && asked.Name != ClassProbabilities.Output)
                throw Invalid($"classification of output '{asked.Name}' is not possible; ask for it of '{ClassProbabilities.Output}'");
        }

        if (parameters.TaskVersion is not null && parameters.Task is null)
            throw Invalid("parameter 'task_version' needs the task; send 'task' too");
        if (parameters.TaskVersion is not null && request.Outputs.Any(output => output.Name == ClassProbabilities.Output))
            throw Invalid($"output '{ClassProbabilities.Output}' is of the version in force; leave it or 'task_version' out");
        InputBatch inputs = Inputs(request);
        if (parameters.Task is { } known) await callers.CheckTaskAsync(limits, model, known, cancellationToken);
        else options = await callers.AmongOwnAsync(limits, model, options, cancellationToken);
        if (request.Inputs[0].Datatype == "UINT8")
            (await normalization.FindAsync(limits, model, parameters.Task, cancellationToken, parameters.TaskVersion))
                .Apply(inputs.Values, inputs.Rows);
        IInferenceGrain inference = grains.GetGrain<IInferenceGrain>(GrainKeys.CheckModel(model));
        Prediction[] predictions = parameters.Task is { } task
            ? Given(task, await (parameters.TaskVersion is { } kept
                ? grains.Task(model, task).PredictAsync(inputs, kept, cancellationToken)
                : inference.PredictAsync(inputs, [.. Enumerable.Repeat(task, inputs.Rows)], cancellationToken)))
            : await inference.InferAsync(inputs, options, cancellationToken);
        ClassProbabilities? probabilities = request.Outputs.Any(output => output.Name == ClassProbabilities.Output)
            ? await ProbabilitiesAsync(model, inputs, predictions, cancellationToken)
            : null;
        return ModelTensors.Of(predictions, parameters.Task is null ? parameters.RunnersUp : 0, request.Outputs, probabilities);
    }

    private Task<ClassProbabilities> ProbabilitiesAsync(
        string model, InputBatch inputs, Prediction[] predictions, CancellationToken cancellationToken) =>
        predictions.All(prediction => prediction.Recovery is not null)
            ? ClassProbabilities.OfRecoveredAsync(grains, model, predictions, cancellationToken)
            : ClassProbabilities.AskAsync(
                grains, model, inputs, [.. predictions.Select(prediction => prediction.Task)], cancellationToken);

    private static Prediction[] Given(int task, TaskPredictions found) =>
        [.. found.Classes.Select(
            (label, row) => new Prediction
            {
                Task = task,
                Class = label,
                TaskName = found.TaskNames.ElementAtOrDefault(row),
                ClassName = found.ClassNames.ElementAtOrDefault(row),
                Entropy = found.Entropies[row],
                Lead = double.PositiveInfinity,
            })];

    /// <summary>Refuses a number of rows.</summary>
    public static SupSupException TooManyRows(long rows, int most) =>
        Invalid($"{rows} rows are too many for one request (at most {most}, Http:MaxRows); split the request");

    private InputBatch Inputs(InferRequest request)
    {
        if (request.Inputs is not [{ } tensor])
            throw Invalid($"{request.Inputs.Count} inputs were sent; send one, '{ModelTensors.Input}' [rows, inputs]");
        if (tensor.Name != ModelTensors.Input) throw Invalid($"unknown input '{tensor.Name}'; send '{ModelTensors.Input}' [rows, inputs]");
        if (tensor.Shape.Length == 0 || tensor.Shape.Any(side => side < 1))
            throw Invalid($"shape [{string.Join(", ", tensor.Shape)}] of '{tensor.Name}' has a side below 1; send [rows, inputs]");
        if (tensor.Shape.Length > 8) throw Invalid($"'{tensor.Name}' has {tensor.Shape.Length} dimensions; send [rows, inputs]");
        long rows = RowsOf(tensor);
        Int128 count = tensor.Shape.Aggregate((Int128)1, (product, side) => product * side);
        if (count != tensor.Values.Length)
            throw Invalid($"{tensor.Values.Length} values of '{tensor.Name}' do not fill shape [{string.Join(", ", tensor.Shape)}]");
        if (rows > settings.MaxRows) throw TooManyRows(rows, settings.MaxRows);
        return new InputBatch { Rows = (int)rows, Values = tensor.Values };
    }

    // [inputs] is one row, and [rows, 28, 28] as good as [rows, 784].
    private static long RowsOf(InferTensor tensor) => tensor.Shape.Length == 1 ? 1 : tensor.Shape[0];

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
