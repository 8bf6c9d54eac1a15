Console.WriteLine("MiniTorch");
