using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>How a replica answers, by where the model's masks are.</summary>
internal interface IInferencePath : IDisposable
{
    /// <summary>The definition of the model that it was made for.</summary>
    ModelSpec Spec { get; }

    /// <summary>Infers task and class of each row.</summary>
    Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken);

    /// <summary>Runs each row by the mask of its own task.</summary>
    Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken);
}
