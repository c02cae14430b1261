using System.ComponentModel.DataAnnotations;
using SupSup.Grains.Models;

namespace SupSup.Silo.Settings;

/// <summary>What all callers together may take of a silo: memory, connections, streams; and what models may be made.</summary>
public sealed class LimitSettings
{
    /// <summary>Bytes of memory that the bodies of all requests may take, and what is made of them, until they are answered; requests
    /// beyond are refused with 503. 0 (default): a third of what the garbage collector may use.</summary>
    [Range(0, long.MaxValue)]
    public long RequestMemoryBytes { get; set; }

    /// <summary>Connections that may be open at once; those beyond are closed. Default 4096.</summary>
    [Range(1, 1 << 20)]
    public int Connections { get; set; } = 4096;

    /// <summary>Connections that may be open at once from one address. Default 2048.</summary>
    [Range(1, 1 << 20)]
    public int ConnectionsPerAddress { get; set; } = 2048;

    /// <summary>Seconds within which the head of a request must have come. Default 15.</summary>
    [Range(1, 3600)]
    public double HeadSeconds { get; set; } = 15;

    /// <summary>Bytes a second that a body must come at, after 5 seconds; streams and uploads of data are exempt. Default 16384.</summary>
    [Range(1, 1 << 30)]
    public int BodyBytesPerSecond { get; set; } = 16 << 10;

    /// <summary>Share of Http:MaxConcurrentRequests, and of Security:ConcurrentRequests for each caller, that streams may take; the rest
    /// is for requests that end by themselves. Default 0.75.</summary>
    [Range(0.0, 1.0)]
    public double StreamShare { get; set; } = 0.75;

    /// <summary>Seconds after which a stream of batches on which nothing came is ended. Default 600.</summary>
    [Range(0.01, 1e6)]
    public double StreamIdleSeconds { get; set; } = 600;

    /// <summary>Seconds between two checks of the key or token that a stream was opened with. Default 5.</summary>
    [Range(0.01, 3600)]
    public double StreamCheckSeconds { get; set; } = 5;

    /// <summary>Models that the service may have; 0 is no limit. Default 10000.</summary>
    [Range(0, int.MaxValue)]
    public int Models { get; set; } = new ModelLimits().Models;

    /// <summary>Masked layers that a model may have; 0 is no limit. Default 256.</summary>
    [Range(0, int.MaxValue)]
    public int Layers { get; set; } = new ModelLimits().Layers;

    /// <summary>Masked weights that a model may have; 0 is no limit. Default 100000000.</summary>
    [Range(0, long.MaxValue)]
    public long Weights { get; set; } = new ModelLimits().Weights;

    /// <summary>Those of models, as grains take them.</summary>
    internal ModelLimits OfModels => new() { Models = Models, Layers = Layers, Weights = Weights };
}
