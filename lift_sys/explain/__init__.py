"""Why did it happen? A RunRecord becomes an Explanation."""
