namespace Lodger.Artifacts.Formats.Parquet;

/// <summary>A footer that has more of something than this check takes, which does not make it damaged.</summary>
internal sealed class ParquetLimitException(string what) : Exception(what);
